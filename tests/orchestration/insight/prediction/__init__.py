"""Who will leave: planted chances, published examples, and real subscribers."""
