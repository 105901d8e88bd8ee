"""The registered domain of each host: what somebody can own, by the public suffix list."""

from orchestration.insight import hosts


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    origins = dbt.ref("int_origins_collected").select("page_host, referrer_host")
    return hosts.registered(origins.to_arrow_table())
