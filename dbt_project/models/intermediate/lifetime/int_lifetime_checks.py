"""What was expected of a time that is over, beside what came."""

from orchestration.insight.lifetime import frames


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return frames.checks(
        dbt.ref("int_purchases_summed").to_arrow_table(),
        dbt.ref("int_account_tenures").to_arrow_table(),
        held_out_months=int(dbt.config.get("held_out_months")),
    )
