"""What affects retention: each candidate's effect, adjusted for what else differs, and how sure it is."""
