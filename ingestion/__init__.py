"""Ingestion: dlt sources and what guards them; knows nothing of Dagster, dbt or Streamlit."""
