"""The map of persons as it would have been some weeks ago, to be judged by what was told since."""

from datetime import UTC, datetime, timedelta

from orchestration.insight.identity import labels, resolve


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    as_of, days = dbt.config.get("as_of"), dbt.config.get("label_days")
    moment = datetime.fromisoformat(str(as_of)).replace(tzinfo=UTC) - timedelta(days=int(days))
    return resolve.resolve(
        nodes=dbt.ref("int_identity_nodes").to_arrow_table(),
        evidence=labels.known_before(dbt.ref("int_identity_evidence").to_arrow_table(), moment),
        rules=dbt.ref("identity_rules").filter("entity = 'person'").to_arrow_table(),
        blocked=dbt.ref("int_identity_blocked").to_arrow_table(),
        policies=dbt.ref("shared_identifier_policies").to_arrow_table(),
        degree_cap=dbt.config.get("degree_cap"),
    )
