"""The public holidays of the years in which customers asked something."""

from orchestration.insight import public_holidays


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return public_holidays.listed(
        dbt.ref("int_business_days_listed").project("year_number").distinct().to_arrow_table(),
        country=dbt.config.get("country"),
        subdivision=dbt.config.get("subdivision"),
    )
