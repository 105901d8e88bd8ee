"""What SQL cannot do, as pure functions of frames: no Dagster, no clock, no files but the shipped model."""
