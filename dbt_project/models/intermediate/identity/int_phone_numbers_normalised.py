"""Telephone numbers as people wrote them, and the one form in which they are compared."""

from orchestration.insight.identity import phones


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    numbers = dbt.ref("int_phone_numbers_collected").to_arrow_table()
    return phones.normalise(numbers, region=dbt.config.get("phone_region"))
