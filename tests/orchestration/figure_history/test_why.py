"""What was said about a month, and why it is something else now."""

from __future__ import annotations

import random
import re
import secrets
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from ingestion.control import store as control, tables
from ingestion.errors import KetteError
from orchestration import published_file
from orchestration.cli import app
from orchestration.figure_history import definitions, store, why
from orchestration.identity_review import lookup
from tests.orchestration.figure_history.conftest import Company, Conversation, utc

if TYPE_CHECKING:
    from orchestration.figure_history.why import Explained

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def explain(metric: str, month: date, **options: Any) -> Explained:
    with lookup.published() as connection:
        return why.why(connection, metric, month, **options)


def found(explained: Explained) -> list[tuple[str, str, str, int]]:
    return [
        (cause.model, cause.change, cause.columns, cause.row_count) for cause in explained.causes
    ]


def test_a_figure_that_is_published_again_as_it_was_is_kept_once(company: Company) -> None:
    for _ in range(3):
        company.publish()
    explained = explain("conversations", MARCH)
    assert [row["value"] for row in explained.said.values] == [2]
    assert explained.then is explained.now
    assert explained.causes == []
    rows = control.rows(sa.select(tables.known_figures))
    assert len(rows) == 3, "two months of conversations and one of payments, each once"


def test_a_late_conversation_is_named_as_the_reason(company: Company) -> None:
    company.publish()
    company.conversations["late"] = Conversation("jonas", utc("2026-03-31 21:30"), 30)
    company.publish()
    explained = explain("conversations", MARCH)
    assert (explained.then["value"], explained.now["value"]) == (2, 3)
    assert found(explained) == [("fct_conversations", "added", "", 1)]
    (cause,) = explained.causes
    assert cause.measures["first_response_seconds"] == 30
    ((key, before, after),) = cause.rows
    assert (key, before) == ("late", None)
    assert after == {"customer_id": "jonas", "first_response_seconds": 30}


def test_months_follow_the_clock_of_the_business(company: Company) -> None:
    company.publish()
    # half past midnight in Berlin, where April has begun
    company.conversations["late"] = Conversation("jonas", utc("2026-03-31 22:30"))
    company.publish()
    assert found(explain("conversations", APRIL)) == [("fct_conversations", "added", "", 1)]
    assert explain("conversations", MARCH).causes == []


def test_a_payment_corrected_afterwards_shows_the_amount(company: Company) -> None:
    company.publish()
    company.payments["sued", APRIL] = 75.5
    company.publish()
    explained = explain("mrr", APRIL)
    assert (explained.then["value"], explained.now["value"]) == (150, 175.5)
    (cause,) = explained.causes
    assert (cause.change, cause.columns, cause.row_count) == ("changed", "mrr_end_amount", 1)
    assert cause.measures["mrr_end_amount"] == 25.5


def test_a_row_that_goes_to_another_month_is_told_in_both(company: Company) -> None:
    company.publish()
    company.conversations["v1"].started_at = utc("2026-04-02 08:00")
    company.publish()
    assert found(explain("conversations", MARCH)) == [("fct_conversations", "moved_away", "", 1)]
    assert found(explain("conversations", APRIL)) == [("fct_conversations", "moved_here", "", 1)]


def test_people_who_turn_out_to_be_the_companys_own_are_told_apart(company: Company) -> None:
    company.publish()
    company.internal["jonas"] = True
    company.publish()
    assert found(explain("conversations", MARCH)) == [("fct_conversations", "labelled", "", 1)]
    assert explain("conversations", MARCH).now["value"] == 1
    company.internal["jonas"] = False
    company.publish()
    assert found(explain("conversations", MARCH)) == [
        ("fct_conversations", "labelled", "", 1),
        ("fct_conversations", "unlabelled", "", 1),
    ]


def test_a_conversation_of_somebody_else_is_a_change_of_person(company: Company) -> None:
    company.publish()
    company.conversations["v2"].customer = "anna"
    company.publish()
    explained = explain("conversations", MARCH)
    assert explained.then is explained.now, "the number of conversations is the same"
    assert found(explained) == [("fct_conversations", "changed", "customer_id", 1)]


def test_a_month_still_running_grows_without_being_explained(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_TODAY", "2026-05-21")
    company.publish()
    company.conversations["v4"] = Conversation("anna", utc("2026-05-30 09:00"))
    monkeypatch.setenv("KETTE_TODAY", "2026-06-01")
    company.publish()
    company.conversations["v5"] = Conversation("anna", utc("2026-05-31 09:00"))
    company.publish()
    explained = explain("conversations", MAY)
    assert [row["is_closed"] for row in explained.said.values] == [False, True, True]
    # by default against what was known when May was over, not when it ran
    assert (explained.then["value"], explained.now["value"]) == (2, 3)
    assert found(explained) == [("fct_conversations", "added", "", 1)]


def test_since_a_day_compares_with_what_was_known_at_its_end(company: Company) -> None:
    for number in range(3):
        company.payments["nord", APRIL] = 100.0 + number
        company.publish()
    with control.begin() as connection:
        versions = sorted(
            connection.execute(sa.select(tables.publications.c.version)).scalars().all()
        )
        for version, day in zip(versions, (1, 10, 20), strict=True):
            connection.execute(
                sa.update(tables.publications)
                .where(tables.publications.c.version == version)
                .values(published_at=utc(f"2026-07-{day:02} 06:00").replace(tzinfo=None))
            )
    company.publish()
    explained = explain("mrr", APRIL, since=date(2026, 7, 15))
    assert (explained.then["value"], explained.now["value"]) == (151, 152)
    assert explained.causes[0].measures["mrr_end_amount"] == 1
    assert explain("mrr", APRIL).then["value"] == 150
    with pytest.raises(KetteError, match="nothing was published until then"):
        explain("mrr", APRIL, since=date(2026, 6, 30))


def test_a_figure_that_is_gone_is_known_to_be_gone(company: Company) -> None:
    company.publish()
    company.payments.clear()
    company.publish()
    company.publish()
    explained = explain("mrr", APRIL)
    assert [row["value"] for row in explained.said.values] == [150, None]
    assert found(explained) == [("fct_mrr_monthly", "removed", "", 2)]
    assert explained.causes[0].measures["mrr_end_amount"] == -150


def test_any_changes_of_the_rows_account_for_the_whole_difference(company: Company) -> None:
    seed = secrets.randbits(32)
    draws = random.Random(seed)
    company.publish()
    first = company.counted(), company.paid()
    for _ in range(3):
        for _ in range(draws.randint(1, 12)):
            _shake(company, draws)
        company.publish()
    for month in (MARCH, APRIL):
        if first[0][month] and company.counted()[month]:
            causes = explain("conversations", month).causes
            net = sum(why.SIGNS[cause.change] * cause.row_count for cause in causes)
            assert net == company.counted()[month] - first[0][month], f"seed {seed}"
    causes = explain("mrr", APRIL).causes
    net = sum(cause.measures["mrr_end_amount"] for cause in causes)
    assert net == pytest.approx(company.paid()[APRIL] - first[1][APRIL]), f"seed {seed}"


def _shake(company: Company, draws: random.Random) -> None:
    """Do one thing that late, deleted, corrected, moved or relabelled data does."""
    name = draws.choice(sorted(company.conversations))
    what = draws.randrange(6)
    moment = utc("2026-03-01 00:00") + timedelta(hours=draws.randrange(24 * 60))
    if what == 0:
        company.conversations[f"n{draws.getrandbits(40)}"] = Conversation("anna", moment, 5)
    elif what == 1 and len(company.conversations) > 1:
        del company.conversations[name]
    elif what == 2:
        company.conversations[name].started_at = moment
    elif what == 3:
        company.conversations[name].customer = draws.choice(["anna", "jonas"])
    elif what == 4:
        company.internal["jonas"] = not company.internal["jonas"]
    else:
        company.payments[f"a{draws.randrange(4)}", APRIL] = float(draws.randrange(500))


def test_a_publication_killed_before_it_was_recorded_loses_no_reason(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.publish()
    company.conversations["late"] = Conversation("jonas", utc("2026-03-12 09:00"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            company.publish()
    company.publish()
    assert found(explain("conversations", MARCH)) == [("fct_conversations", "added", "", 1)]


def test_where_the_earlier_file_is_gone_it_is_said_and_not_guessed(company: Company) -> None:
    first = company.publish()
    first.path.unlink()
    company.payments["nord", APRIL] = 1.0
    company.publish()
    explained = explain("mrr", APRIL)
    assert (explained.then["value"], explained.now["value"]) == (150, 51)
    assert explained.causes == []
    assert len(explained.unknown) == 1


def test_rows_of_long_ago_are_forgotten_and_their_count_is_not(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.publish()
    company.payments["nord", APRIL] = 1.0
    company.publish()
    with monkeypatch.context() as patch:
        patch.setattr(store, "ROWS_KEPT_FOR", timedelta(days=-1))
        company.publish()
    company.publish()
    (cause,) = explain("mrr", APRIL).causes
    assert (cause.row_count, cause.measures["mrr_end_amount"]) == (1, -99)
    assert cause.rows == []


def manifest(**raw: str) -> dict[str, Any]:
    """Return a manifest in which mtr_x reads model a (by macro m) and b reads nothing of it."""

    def node(name: str, schema: str, nodes: list[str], macros: list[str]) -> dict[str, Any]:
        return {
            "resource_type": "model",
            "package_name": "kette",
            "schema": schema,
            "name": name,
            "language": "sql",
            "checksum": {"checksum": raw.get(name, "same")},
            "depends_on": {"nodes": nodes, "macros": macros},
        }

    return {
        "nodes": {
            "model.kette.mtr_x": node("mtr_x", "metrics", ["model.kette.a"], []),
            "model.kette.a": node("a", "marts", [], ["macro.kette.m"]),
            "model.kette.b": node("b", "marts", [], []),
        },
        "macros": {
            "macro.kette.m": {
                "package_name": "kette",
                "macro_sql": raw.get("m", "same"),
                "depends_on": {"macros": []},
            }
        },
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [("a", {"model.kette.a"}), ("m", {"macro.kette.m"}), ("b", set())],
    ids=["a model it reads", "a macro of such a model", "a model it does not read"],
)
def test_a_changed_definition_is_one_that_the_figure_depends_on(
    changed: str, expected: set[str]
) -> None:
    before, after = (
        definitions.of_manifest(manifest(**text), "same") for text in ({}, {changed: "other"})
    )
    assert {name for name in after if before.get(name) != after[name]} == expected
    assert all(models == {"mtr_x"} for _, models in after.values())


def test_a_changed_definition_is_told_as_the_reason(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for checksum in ("one", "two"):
        monkeypatch.setattr(
            definitions,
            "current",
            lambda checksum=checksum: {
                "model.kette.x": (checksum, frozenset({"mtr_revenue_monthly"}))
            },
        )
        company.publish()
    assert explain("mrr", APRIL).definitions == ["model.kette.x"]
    assert explain("conversations", MARCH).definitions == []


def test_nothing_personal_is_kept(company: Company) -> None:
    company.publish()
    company.conversations.pop("v1")
    publication = company.publish()
    with closing(duckdb.connect(str(publication.path), read_only=True)) as connection:
        (rows,) = connection.execute("select rows from history.row_changes").fetchall()
    watched = set(re.findall(r'"(\w+)":', rows[0]))
    assert watched == {"customer_id", "first_response_seconds"}


def test_the_commands_list_show_and_explain(company: Company) -> None:
    company.publish()
    company.payments["sued", APRIL] = 75.5
    company.publish()
    runner = CliRunner()
    listed = runner.invoke(app, ["figures", "changed"])
    assert listed.exit_code == 0
    assert "kette figures why mrr 2026-04" in listed.output
    said = runner.invoke(app, ["figures", "known", "mrr", "2026-04"])
    assert "175.5" in said.output
    told = runner.invoke(app, ["figures", "why", "mrr", "2026-04"])
    assert told.exit_code == 0
    assert "150 (published" in told.output
    assert "mrr_end_amount 50.0 → 75.5" in told.output


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["mrr", "2026-13"], 2, "is no month"),
        (["mrr", "2031-01"], 1, "nothing was ever published"),
        (["revenue", "2026-04"], 1, "docs/metrics.md"),
        (["mrr", "2026-04", "--phase", "none"], 1, "nothing was ever published"),
    ],
)
def test_a_figure_that_does_not_exist_is_told(
    company: Company, arguments: list[str], code: int, text: str
) -> None:
    company.publish()
    result = CliRunner().invoke(app, ["figures", "why", *arguments])
    assert result.exit_code == code
    assert text in " ".join(result.output.split())


def test_what_an_older_version_published_is_told_to_know_nothing(company: Company) -> None:
    publication = company.publish()
    with closing(duckdb.connect(str(publication.path))) as connection:
        connection.execute("drop schema history cascade")
    assert published_file.current() == publication.path
    with pytest.raises(KetteError, match="does not know what was published before"):
        explain("mrr", APRIL)
