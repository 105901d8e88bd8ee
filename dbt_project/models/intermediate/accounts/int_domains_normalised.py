"""Domains of companies as they were written, and the one form in which they are compared."""

from orchestration.insight import domains


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return domains.normalise(dbt.ref("int_domains_collected").to_arrow_table())
