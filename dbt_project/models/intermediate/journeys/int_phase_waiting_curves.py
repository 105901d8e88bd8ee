"""The curve of who still waits in each phase, by segment."""

from orchestration.insight import survival


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return survival.curves(dbt.ref("int_phase_waits_counted").to_arrow_table())
