"""The truth about a world, which tests alone open: who is who, what happened and why."""
