"""Loading one source: through the gate into the warehouse, every record accounted for."""
