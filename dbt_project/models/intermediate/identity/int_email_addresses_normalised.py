"""E-mail addresses as people wrote them, and the one form in which they are compared."""

from orchestration.insight.identity import emails


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return emails.normalise(dbt.ref("int_email_addresses_collected").to_arrow_table())
