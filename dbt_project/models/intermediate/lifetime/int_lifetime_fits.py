"""The parameters by which customers buy and accounts leave."""

from orchestration.insight.lifetime import frames


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return frames.fits(
        dbt.ref("int_purchases_summed").to_arrow_table(),
        dbt.ref("int_account_tenures").to_arrow_table(),
    )
