"""Questions that people make up: funnels, retention, paths, asked of what is published.

Each definition is a macro of the dbt project and is written nowhere else. This room renders it with the
values of a question; the `kette` command and pages ask the same. It knows nothing of Dagster, dbt, dlt
or Streamlit.
"""
