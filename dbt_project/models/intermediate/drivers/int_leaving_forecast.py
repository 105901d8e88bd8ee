"""How likely each account that pays today leaves within the horizon."""

from orchestration.insight.prediction import churn


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return churn.forecast(
        dbt.ref("int_retention_features").to_arrow_table(),
        dbt.ref("driver_candidates").to_arrow_table(),
        dbt.ref("int_leaving_tested").to_arrow_table(),
    )
