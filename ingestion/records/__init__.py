"""Single records and values: read, cast, held against the window of times, or refused."""
