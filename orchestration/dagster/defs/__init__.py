"""Assets and checks: wiring only; the work is done by ingestion, dbt and the modules above."""
