"""The programs of a machine: what is served, on which port, and what ends with its parent."""
