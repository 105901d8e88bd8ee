"""Key figures as they were known: what each publication said, and why a later one says otherwise."""
