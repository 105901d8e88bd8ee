"""A control store that was lost takes back what was published about figures, and when."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import engine, store, tables
from ingestion.settings import settings
from orchestration.figure_history import why
from orchestration.identity_review import lookup
from tests.orchestration.figure_history.conftest import Company, Conversation, utc

if TYPE_CHECKING:
    from pathlib import Path

MARCH = date(2026, 3, 1)
KEPT = ("known_figures", "row_changes", "definition_changes")


def rows(name: str) -> list[dict[str, Any]]:
    table = tables.metadata.tables[name]
    return store.rows(sa.select(table).order_by(*table.primary_key))


def lose(backup: Path | None = None) -> None:
    """Lose the control store; an older copy of it may take its place."""
    engine.forget()
    for path in settings().home.glob("control.db*"):
        path.unlink()
    if backup is not None:
        shutil.copyfile(backup, settings().home / "control.db")


def two_publications(company: Company) -> None:
    company.publish()
    company.conversations["late"] = Conversation("jonas", utc("2026-03-31 21:30"), 30)
    company.publish()


def late_again(company: Company) -> why.Explained:
    """Publish a third time, with another late conversation, and ask why March is another figure."""
    company.conversations["later"] = Conversation("anna", utc("2026-03-30 21:30"), 30)
    company.publish()
    with lookup.published() as connection:
        return why.why(connection, "conversations", MARCH)


def test_nothing_is_lost_with_the_control_store(company: Company) -> None:
    two_publications(company)
    before = {name: rows(name) for name in KEPT}
    versions = [(row["version"], row["published_at"]) for row in rows("publications")]
    lose()

    explained = late_again(company)

    # what was said in each of the three publications: two, three and four conversations
    assert [row["value"] for row in explained.said.values] == [2, 3, 4]
    told = [(row["version"], row["published_at"]) for row in rows("publications")]
    assert told[:2] == versions
    assert len(told) == 3
    assert [row for row in rows("row_changes") if row["version"] <= versions[1][0]] == before[
        "row_changes"
    ]
    # the third is compared with the second, which is there
    assert rows("publications")[2]["compared_with"] == versions[1][0]


def test_an_older_store_that_was_put_back_learns_what_came_after_it(
    company: Company, tmp_path: Path
) -> None:
    company.publish()
    with store.engine().connect() as connection:
        connection.exec_driver_sql(f"vacuum into '{tmp_path / 'backup.db'}'")
    company.conversations["late"] = Conversation("jonas", utc("2026-03-31 21:30"), 30)
    company.publish()
    lose(tmp_path / "backup.db")
    explained = late_again(company)
    assert [row["value"] for row in explained.said.values] == [2, 3, 4]


@pytest.mark.usefixtures("kette_home")
def test_a_store_that_knows_the_file_is_left_alone(company: Company) -> None:
    company.publish()
    before = rows("publications")
    assert before[0]["table_count"] > 0
    company.publish()
    assert rows("publications")[0] == before[0]
