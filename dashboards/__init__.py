"""The dashboards: Streamlit pages that read only what is published."""
