"""What customers write: its language, its mood and what it is about, worked out on this machine alone."""
