"""The page that says what was published about a month, and why it is something else now."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from dashboards.i18n import TEXTS
from orchestration.figure_history import readable
from tests.dashboards import worked_example
from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.warehouse_fixture import HISTORY, publish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "figures_known.py"
APRIL = date(2026, 4, 1)
EN = TEXTS["en"]
V1, V2, V3 = "20260501T040000000000Z", "20260502T040000000000Z", "20260601T040000000000Z"
DAYS = {V1: date(2026, 5, 1), V2: date(2026, 5, 2), V3: date(2026, 6, 1)}
AT = {
    version: datetime(day.year, day.month, day.day, 4, tzinfo=UTC) for version, day in DAYS.items()
}


def said(version: str, until: str | None, value: float, metric: str = "mrr") -> dict[str, Any]:
    return {
        "metric": metric, "period_start": APRIL, "journey_phase": "all", "known_from": version,
        "known_until": until, "numerator": value, "value": value, "sample_size": 2,
        "published_at": AT[version], "as_of": DAYS[version], "is_closed": True,
    }  # fmt: skip


def cause(version: str, before: float, after: float) -> dict[str, Any]:
    return {
        "metric": "mrr", "period_start": APRIL, "change_id": version, "version": version,
        "published_at": AT[version], "model": "fct_mrr_monthly", "rows_month": APRIL,
        "change": "changed", "columns": "mrr_end_amount", "row_count": 1,
        "measures": json.dumps({"mrr_end_amount": after - before}),
        "rows": json.dumps(
            [["row-1", {"account_id": "a_nord", "mrr_end_amount": before},
              {"account_id": "a_nord", "mrr_end_amount": after}]]
        ),
    }  # fmt: skip


@pytest.fixture
def corrected(kette_home: Path) -> Path:
    """Publish an April whose revenue was 1,000, then 1,200, and is 1,150 now."""
    return publish(
        {
            **worked_example.rows(),
            "history.publications": [
                {"version": version, "published_at": AT[version], "as_of": DAYS[version],
                 "compared_with": None if version == V1 else "the one before"}
                for version in (V1, V2, V3)
            ],
            "history.figures_as_known": [
                said(V1, V2, 1000), said(V2, V3, 1200), said(V3, None, 1150),
                said(V1, None, 40, "conversations"),
            ],
            "history.closed_figures": [
                {"metric": "mrr", "period_start": APRIL, "journey_phase": "all",
                 "closed_version": V1, "closed_at": AT[V1], "value_at_close": 1000, "value": 1150,
                 "changed_version": V3, "changed_at": AT[V3], "change_count": 2},
                {"metric": "conversations", "period_start": APRIL, "journey_phase": "all",
                 "closed_version": V1, "closed_at": AT[V1], "value_at_close": 40, "value": 40,
                 "changed_version": V1, "changed_at": AT[V1], "change_count": 0},
            ],
            "history.figure_causes": [cause(V2, 500.0, 700.0), cause(V3, 700.0, 650.0)],
            "history.definition_changes": [
                {"version": V3, "source_model": "mtr_support_monthly",
                 "definition": "model.kette.fct_conversations"}
            ],
        },
        as_of=worked_example.AS_OF,
    )  # fmt: skip


def test_it_lists_what_changed_after_the_month_was_over(corrected: Path, visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert "Monthly recurring revenue | Apr 2026 | €1,000 | €1,150" in tables(app).replace(
        "\u00a0", " "
    )
    assert "Conversations" not in tables(app)


def test_the_newest_change_is_explained_by_its_rows(corrected: Path, visit: Visit) -> None:
    app = visit(PAGE)
    found = metrics(app)
    assert (found["Then"], found["Now"]) == ("€1,000", "€1,150")
    shown = tables(app)
    assert "changed: MRR at the end | 2 | MRR at the end +150.00" in shown
    assert "a_nord" in shown
    assert "MRR at the end: 500.00 → 700.00" in shown


def test_it_compares_with_another_day(corrected: Path, visit: Visit) -> None:
    app = visit(PAGE)
    app.session_state["since"] = V2
    app.run()
    found = metrics(app)
    assert (found["Then"], found["Now"]) == ("€1,200", "€1,150")
    assert "changed: MRR at the end | 1 | MRR at the end -50.00" in tables(app)


def test_a_figure_that_stayed_is_said_to_have_stayed(corrected: Path, visit: Visit) -> None:
    app = visit(PAGE)
    app.session_state["figure"] = ("conversations", "all")
    app.run()
    assert not app.exception
    assert EN["known.same"] in texts(app)


def test_a_publication_without_history_is_calm(corrected: Path, visit: Visit) -> None:
    with closing(duckdb.connect(str(corrected))) as connection:
        connection.execute("drop schema history cascade")
    app = visit(PAGE)
    assert not app.exception
    assert any(EN["known.empty"] in text for text in texts(app))


def test_the_written_out_history_has_the_columns_that_publishing_writes() -> None:
    from orchestration.figure_history.store import SHAPES

    with closing(duckdb.connect()) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema history")
        connection.execute("create schema catalogue")
        connection.execute(
            "create table catalogue.metrics as select '' as metric, '' as rows_model,"
            " '' as rows_months"
        )
        for name, shape in SHAPES.items():
            connection.register("shaped", shape_of(shape))
            connection.execute(f"create table history.{name} as from shaped")
        readable.create(connection)
        connection.execute("attach ':memory:' as written")
        connection.execute("create schema written.history")
        for name, columns in HISTORY.items():
            connection.execute(f"create table written.{name} ({columns})")
        found = {
            (catalogue, table, column)
            for catalogue, table, column in connection.execute(
                "select database_name, table_name, column_name from duckdb_columns()"
                " where schema_name = 'history'"
            ).fetchall()
        }
    tables_written = {table.removeprefix("history.") for table in HISTORY}
    real = {(t, c) for database, t, c in found if database == "memory" and t in tables_written}
    assert {(t, c) for database, t, c in found if database == "written"} == real


def shape_of(shape: dict[str, Any]) -> Any:
    import pyarrow as pa

    return pa.schema(list(shape.items())).empty_table()
