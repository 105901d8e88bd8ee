"""What each customer and account is expected to bring."""

from orchestration.insight.lifetime import frames


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return frames.values(
        dbt.ref("int_purchases_summed").to_arrow_table(),
        dbt.ref("int_account_tenures").to_arrow_table(),
        horizon_months=int(dbt.config.get("horizon_months")),
    )
