"""Topics that texts share which no seed knows; those of the run before keep their names."""

import pyarrow as pa

from orchestration.insight.text import frames


def model(dbt, session):
    dbt.config(materialized="table")
    return frames.grouped(
        dbt.ref("int_texts_scored")
        .filter("topic is null")
        .project("text, language")
        .to_arrow_table(),
        _before(dbt.this, session),
    )


def _before(this, session):
    is_there = session.execute(
        "select count(*) from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? and table_name = ?",
        [this.schema, this.identifier],
    ).fetchall() != [(0,)]
    if not is_there:
        return pa.Table.from_pylist([], schema=frames.GROUPED)
    before = session.table(f'"{this.schema}"."{this.identifier}"')
    return before.project("text, topic, words").to_arrow_table()
