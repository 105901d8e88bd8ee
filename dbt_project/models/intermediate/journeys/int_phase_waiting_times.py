"""Median and restricted mean of the time in each phase, and whether segments differ."""

from orchestration.insight import survival


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return survival.summaries(
        dbt.ref("int_phase_waits_counted").to_arrow_table(),
        horizon=float(dbt.config.get("horizon_days")),
    )
