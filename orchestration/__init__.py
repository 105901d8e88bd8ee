"""Orchestration: runs and watches everything; Dagster definitions and the `kette` command."""
