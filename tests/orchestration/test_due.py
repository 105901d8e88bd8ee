"""A run builds unless a build would publish what is published already."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.control import store
from ingestion.loading import warehouse
from ingestion.settings import settings
from orchestration import due, pipeline, published_file, records, summary, withheld

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


FRESH = withheld.Table("marts", "dim_customers")


def build() -> None:
    """Leave behind what a whole build leaves that published everything."""
    before = records.build_started()
    due.begun()
    due.ended()
    withheld.remember([FRESH])
    records.build_ended(passed=True, is_complete=True, before=before)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let a build have published everything at noon."""
    monkeypatch.setattr(store, "now", lambda: datetime(2026, 3, 2, 12, 0))  # noqa: DTZ001 - as it is stored
    monkeypatch.setenv("KETTE_TODAY", "2026-03-02")
    monkeypatch.setattr(published_file, "current", lambda: tmp_path)
    with warehouse.connect() as connection:
        connection.execute("create schema if not exists kette")
    build()
    return monkeypatch


def test_after_a_build_there_is_nothing_to_build(built: pytest.MonkeyPatch) -> None:
    assert due.unchanged() == "nothing new since the build of 2026-03-02 12:00 UTC"


def another_day(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KETTE_TODAY", "2026-03-03")


def another_zone(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KETTE_TIME_ZONE", "America/New_York")


def something_loaded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("orchestration.content.now", lambda: {"tawk chats": "other rows"})


def another_model(patch: pytest.MonkeyPatch) -> None:
    found = [*due.project.files()]
    patch.setattr("orchestration.project.files", lambda: iter(found[1:]))


def by_hand(_: pytest.MonkeyPatch) -> None:
    records.built_by_hand()


def killed(_: pytest.MonkeyPatch) -> None:
    records.build_started()


def a_table_stayed_old(_: pytest.MonkeyPatch) -> None:
    cause = withheld.Cause("model", "dim_customers", "")
    withheld.remember([withheld.Table("marts", "dim_customers", cause)])


def nothing_published(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(published_file, "current", lambda: None)


def an_older_warehouse(_: pytest.MonkeyPatch) -> None:
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        connection.execute("update kette.last_build set began_at = '2026-03-01T12:00:00'")


def a_warehouse_of_before(_: pytest.MonkeyPatch) -> None:
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        connection.execute("drop table kette.last_build")


@pytest.mark.parametrize(
    "change",
    [
        another_day,
        another_zone,
        something_loaded,
        another_model,
        by_hand,
        killed,
        a_table_stayed_old,
        nothing_published,
        an_older_warehouse,
        a_warehouse_of_before,
    ],
    ids=lambda change: change.__name__,
)
def test_a_build_is_needed_after(
    change: Callable[[pytest.MonkeyPatch], None], built: pytest.MonkeyPatch
) -> None:
    change(built)
    assert due.unchanged() is None


def test_what_changed_the_models_is_said(built: pytest.MonkeyPatch) -> None:
    another_model(built)
    built.setattr(store, "now", lambda: datetime(2026, 3, 2, 15, 0))  # noqa: DTZ001 - as it is stored
    assert due.build() == due.Due(is_due=True, reason="the models changed")


def test_a_run_that_finds_nothing_new_says_so() -> None:
    outcome = pipeline.Outcome(
        run_id="r",
        mode="demo",
        started_at=datetime(2026, 3, 2, tzinfo=UTC).timestamp(),
        errors=[],
        seconds=12.3,
        not_built="nothing new since the build of 2026-03-02 12:00 UTC",
    )
    assert list(summary.of_run(outcome, [])) == [
        "",
        (
            "[bold]Built[/bold]      nothing new since the build of 2026-03-02 12:00 UTC: "
            "what is published is current"
        ),
        "[bold]Took[/bold]       12 s",
        "Next: [bold]make serve[/bold] opens the dashboards.",
    ]
