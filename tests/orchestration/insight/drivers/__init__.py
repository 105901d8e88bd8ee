"""What affects retention: effects of hand-made tables, and worlds in which the causes are planted."""
