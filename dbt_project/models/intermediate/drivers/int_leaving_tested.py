"""How well it would have been told before who leaves."""

from datetime import timedelta

from orchestration.insight.prediction import churn


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return churn.back_test(
        dbt.ref("int_retention_features").to_arrow_table(),
        dbt.ref("driver_candidates").to_arrow_table(),
        timedelta(days=int(dbt.config.get("horizon_days"))),
    )
