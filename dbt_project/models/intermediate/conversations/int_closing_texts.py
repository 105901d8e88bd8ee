"""What customers wrote that only ends a conversation."""

from orchestration.insight import closings


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    short = dbt.ref("int_messages_unioned").filter(
        f"sender_type = 'customer' and length(trim(text)) <= {closings.LONGEST}"
    )
    return closings.closing(
        short.project("text").distinct().to_arrow_table(),
        dbt.ref("closing_words").to_arrow_table(),
    )
