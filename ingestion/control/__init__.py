"""The control store: what Kette knows about its own work, outside of the warehouse."""
