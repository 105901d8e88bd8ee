"""The sources: one module per vendor API, registered in ``ingestion/registry.py``."""
