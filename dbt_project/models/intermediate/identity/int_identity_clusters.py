"""Every identifier and the canonical member of the person it belongs to."""

from orchestration.insight.identity import resolve


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return resolve.resolve(
        # streamed, the large ones take half the memory
        nodes=dbt.ref("int_identity_nodes").to_arrow_reader().read_all(),
        evidence=dbt.ref("int_identity_evidence").to_arrow_reader().read_all(),
        rules=dbt.ref("identity_rules").filter("entity = 'person'").to_arrow_table(),
        blocked=dbt.ref("int_identity_blocked").to_arrow_table(),
        cuts=dbt.ref("stg_kette__identity_decisions").filter("action = 'cut'").to_arrow_table(),
        policies=dbt.ref("shared_identifier_policies").to_arrow_table(),
        degree_cap=dbt.config.get("degree_cap"),
    )
