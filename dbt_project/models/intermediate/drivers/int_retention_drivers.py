"""The adjusted effect of each candidate on retention, over all accounts and by segment."""

from orchestration.insight.drivers import ranking


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return ranking.ranked(
        dbt.ref("int_retention_features").to_arrow_table(),
        dbt.ref("driver_candidates").to_arrow_table(),
        dbt.config.get("segments"),
    )
