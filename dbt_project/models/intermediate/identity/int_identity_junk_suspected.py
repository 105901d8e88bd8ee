"""Identifiers that look like nobody's, by how many neighbours and persons they have."""

from orchestration.insight.identity import junk


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return junk.suspect(
        clusters=dbt.ref("int_identity_clusters").to_arrow_table(),
        evidence=dbt.ref("int_identity_evidence").to_arrow_table(),
        known=dbt.ref("int_identity_nodes").filter("is_shared").to_arrow_table(),
    )
