"""What Dagster knows of the chain, and how it runs and keeps it."""
