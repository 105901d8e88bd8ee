"""What SQL cannot do, as pure functions of frames: no Dagster, no files, no clock."""
