"""Language, mood and subject of each distinct text that customers wrote."""

from pathlib import Path

from orchestration.insight.text import frames, sentiment


def model(dbt, session):  # noqa: ARG001 - dbt's own signature
    dbt.config(materialized="table")
    own = dbt.config.get("own_model")
    return frames.scored(
        dbt.ref("int_texts_unioned").project("text").distinct().to_arrow_table(),
        dbt.ref("topic_words").to_arrow_table(),
        sentiment.chosen(dbt.config.get("scorer") or "", Path(own) if own else None),
    )
