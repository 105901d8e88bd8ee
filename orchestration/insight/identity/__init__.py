"""Who is who: identifiers resolved to people from evidence, explained, and held against junk."""
