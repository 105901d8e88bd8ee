"""What share of conversions would be lost without each channel, by a Markov chain of the paths."""

from orchestration.insight import attribution


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    return attribution.removals(dbt.ref("int_attribution_paths_counted").to_arrow_table())
