"""User ids in events that are nobody's, found once for all events."""

from orchestration.insight.identity import blocked


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return blocked.among(
        dbt.ref("int_user_ids_collected").to_arrow_table(),
        dbt.ref("blocked_identifiers").to_arrow_table(),
        column="user_id",
    )
