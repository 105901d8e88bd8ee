"""Every account identifier and the canonical member of the account it belongs to."""

from orchestration.insight.identity import resolve


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return resolve.resolve(
        nodes=dbt.ref("int_account_nodes").to_arrow_table(),
        evidence=dbt.ref("int_account_evidence").to_arrow_table(),
        rules=dbt.ref("identity_rules").filter("entity = 'account'").to_arrow_table(),
        blocked=dbt.ref("blocked_identifiers").to_arrow_table(),
        cuts=dbt.ref("stg_kette__identity_decisions").filter("action = 'cut'").to_arrow_table(),
        degree_cap=dbt.config.get("degree_cap"),
    )
