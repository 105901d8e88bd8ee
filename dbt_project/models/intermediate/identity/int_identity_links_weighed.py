"""The links inside persons: how strong each is, and which of them hold the person together."""

from orchestration.insight.identity import explain


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return explain.weigh(
        clusters=dbt.ref("int_identity_clusters").to_arrow_table(),
        evidence=dbt.ref("int_identity_evidence").to_arrow_table(),
        rules=dbt.ref("identity_rules").filter("entity = 'person'").to_arrow_table(),
        degree_cap=dbt.config.get("degree_cap"),
    )
