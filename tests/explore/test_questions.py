"""Questions over the published copy: the macros as dbt renders them, and the commands as people see them."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from typer.testing import CliRunner

from explore import macros
from explore.events import SEGMENTS, Bound, condition, seconds
from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, settings
from orchestration.cli import app
from tests.chain.project import Project
from tests.explore.events import COLUMNS, ask, connection, put
from tests.structure.test_dialect import MACROS

if TYPE_CHECKING:
    from click.testing import Result

DOCUMENT = (CHECKOUT / "docs" / "funnels.md").read_text()
TOUCHPOINTS = [
    # person, moment, channel, touchpoint, step, worth, whether it is a contact of theirs
    ("mia", "2026-01-01 08:00", "ads", "ad_clicked", "recognise_need", None, True),
    ("mia", "2026-01-01 09:00", "website", "signed_up", "choose", None, True),
    ("mia", "2026-01-20 09:00", "billing", "first_payment", "buy", 50, True),
    ("mia", "2026-02-20 09:00", "billing", "payment", "renew", 50, True),
    ("tom", "2026-01-05 08:00", "ads", "ad_clicked", "recognise_need", None, True),
    ("tom", "2026-01-06 08:00", "email", "email_sent", None, None, False),
    ("tom", "2026-01-07 08:00", "website", "page_viewed:/pricing", "choose", None, True),
    ("ida", "2026-02-27 08:00", "ads", "ad_clicked", "recognise_need", None, True),
    ("own", "2026-01-05 08:00", "ads", "ad_clicked", "recognise_need", None, True),
    ("own", "2026-01-06 08:00", "billing", "first_payment", "buy", 99, True),
]


@pytest.fixture
def published() -> None:
    """Publish three persons and one of our own."""
    folder = settings().serving
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "current.duckdb").symlink_to(folder / "warehouse-1.duckdb")
    with closing(duckdb.connect(str(folder / "warehouse-1.duckdb"))) as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute("create schema marts")
        opened.execute("create schema catalogue")
        opened.execute(
            "create table catalogue.about as select date '2026-03-01' as as_of, "
            "'Europe/Berlin' as business_time_zone"
        )
        opened.execute(
            "create table marts.dim_customers (customer_id varchar, is_internal boolean, "
            "persona varchar, acquisition_channel varchar, country_code varchar, language varchar, "
            "account_plan_name varchar)"
        )
        opened.executemany(
            "insert into marts.dim_customers values (?, ?, ?, 'ads', 'DE', 'de', null)",
            [("mia", False, "leader"), ("tom", False, None), ("ida", False, None),
             ("own", True, None)],
        )  # fmt: skip
        opened.execute(
            "create table marts.fct_touchpoints (touchpoint_id varchar, customer_id varchar, "
            "occurred_at timestamptz, channel varchar, touchpoint varchar, journey_step varchar, "
            "value_amount decimal(18, 4), is_interaction boolean, direction varchar, "
            "journey_phase varchar, source varchar, campaign varchar, session_id varchar, "
            "currency_code varchar)"
        )
        for number, (*row, is_theirs) in enumerate(TOUCHPOINTS):
            opened.execute(
                "insert into marts.fct_touchpoints values "
                "(?, ?, ?, ?, ?, ?, ?, true, ?, null, 'mixpanel', null, null, 'EUR')",
                [str(number), *row, "inbound" if is_theirs else "outbound"],
            )


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = kette(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)
    return found


@pytest.mark.parametrize("name", MACROS)
def test_a_macro_reads_the_same_in_a_model_and_in_a_question(name: str) -> None:
    given = ", ".join(f"{key}={value!r}" for key, value in MACROS[name].items())

    in_a_model = Project({}).render("{{ " + name + "(" + given + ") }}")

    assert in_a_model.split() == macros.sql(name, **MACROS[name]).split()


def test_a_funnel_tells_each_step(published: None) -> None:
    found = rows(
        "funnel", "channel:ads", "touchpoint:signed_up|touchpoint:page_viewed:*", "step:buy"
    )

    told = [
        (row["entered_count"], row["previous_count"], row["reached_count"], row["open_count"],
         row["seconds_from_start_median"])
        for row in found
    ]  # fmt: skip
    # our own do not count; Ida's month is not over; Tom's is
    assert told == [(3, 3, 3, 0, 0.0), (3, 3, 2, 1, 88_200.0), (3, 2, 1, 1, 1_645_200.0)]
    # Wilson's interval of 1 of 3, by hand
    assert (round(found[2]["rate_low"], 4), round(found[2]["rate_high"], 4)) == (0.0615, 0.7923)


def test_a_funnel_has_a_window_a_period_and_segments(published: None) -> None:
    asked = ("funnel", "channel:ads", "step:buy")

    assert rows(*asked, "--window", "2w")[1]["reached_count"] == 0
    assert rows(*asked, "--from", "2026-01-02")[0]["entered_count"] == 2
    assert rows(*asked, "--to", "2026-01-05")[0]["entered_count"] == 2
    by_persona = rows(*asked, "--by", "persona")
    assert [(row["segment"], row["reached_count"]) for row in by_persona] == [
        ("leader", 1), ("leader", 1), ("none", 2), ("none", 0),
    ]  # fmt: skip


def test_what_the_company_did_counts_on_request(published: None) -> None:
    asked = ("funnel", "channel:ads", "touchpoint:page_viewed:*", "--exclude", "channel:email")

    assert [row["reached_count"] for row in rows(*asked)] == [3, 1]
    assert [row["reached_count"] for row in rows(*asked, "--records")] == [3, 0]
    left_out = rows(*asked, "--records", "--reading", "posthog")
    assert [row["reached_count"] for row in left_out] == [2, 0]


def test_retention_tells_cohorts_and_money(published: None) -> None:
    found = rows("retention", "channel:ads", "channel:billing", "--currency", "EUR")

    cells = [
        (row["cohort_start"], row["bracket_number"], row["cohort_size"], row["returned_count"],
         row["returned_amount"], row["is_complete"])
        for row in found
    ]  # fmt: skip
    # the first of March is 1 am in Berlin when the day begins in UTC: March has begun
    assert cells == [
        ("2026-01-01", 0, 2, 1, 50.0, True),
        ("2026-01-01", 1, 2, 1, 50.0, True),
        ("2026-01-01", 2, 2, 0, 0.0, False),
        ("2026-02-01", 0, 1, 0, 0.0, True),
        ("2026-02-01", 1, 1, 0, 0.0, False),
    ]


def test_paths_tell_moves_and_patterns(published: None) -> None:
    moves = rows("paths", "--of", "channel")
    assert [(row["from_state"], row["to_state"], row["move_count"]) for row in moves[:1]] == [
        ("ads", "website", 2)
    ]

    (found,) = rows(
        "paths", "(?1)(?t<=3600)(?2)", "--event", "channel:ads", "--event", "touchpoint:signed_up"
    )
    assert (found["person_count"], found["matching_count"], found["match_count"]) == (3, 1, 1)


def test_the_tables_are_for_people(published: None) -> None:
    told = kette("funnel", "channel:ads", "step:buy").output
    assert "33.3% (6%–79%)" in told
    assert "19.0 d" in told
    assert "0 *" in kette("retention", "channel:ads", "channel:billing").output
    assert "(end)" in kette("paths").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("funnel", "channel:adds"), "nothing in what is published is called so"),
        (("funnel", "colour:red"), "no event is called so"),
        (("funnel", "any", "--window", "soon"), "no length of time"),
        (("funnel", "any", "--by", "mood"), "no such breakdown"),
        (("funnel", "any", "--reading", "nobody"), "no such reading"),
        (("funnel", "any", "--mode", "strict"), "no mode strict"),
        (("funnel", "any", "--count", "some"), "count is one of"),
        (("retention", "any", "--unit", "year"), "unit is one of"),
        (("paths", "(?2)", "--event", "any"), "no pattern"),
        (("paths", "--of", "colour"), "nothing called so to follow"),
    ],
    ids=" ".join,
)
def test_what_means_nothing_is_told(published: None, arguments: tuple[str, ...], said: str) -> None:
    result = kette(*arguments)

    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())


def test_what_people_type_never_becomes_sql(published: None) -> None:
    bound = Bound()
    typed = "touchpoint:x' or true --"

    assert condition(typed, bound) == "(touchpoint = $value_1)"
    assert bound.values == {"value_1": "x' or true --"}
    assert kette("funnel", typed).exit_code == 1


def test_nothing_is_asked_before_something_is_published() -> None:
    assert "nothing is published" in kette("funnel", "any").stderr


@pytest.mark.parametrize(
    ("text", "length"), [("90s", 90), ("30m", 1800), ("12h", 43_200), ("2w", 1_209_600)]
)
def test_a_length_of_time_has_a_unit(text: str, length: int) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "0d", "-1d", "1y", "d", "1.5h"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(KetteError, match="length of time"):
        seconds(text)


@pytest.mark.parametrize("name", SEGMENTS)
def test_every_breakdown_can_be_asked(published: None, name: str) -> None:
    assert rows("funnel", "any", "--by", name)


def worked() -> list[tuple[str, int, int]]:
    """Return the worked example of the document: events, and how far the two counts get."""
    table = DOCUMENT.partition("A worked example, with steps A")[2].partition("**Modes**")[0]
    found = re.findall(r"^\| ([A-D] [^|]+) \| (\d) \| (\d) \|", table, re.MULTILINE)
    return [(events, int(best), int(first)) for events, best, first in found]


@pytest.mark.parametrize(("events", "best", "first"), worked(), ids=str)
def test_the_worked_example_of_the_document_is_true(events: str, best: int, first: int) -> None:
    opened = connection()
    moments = [re.fullmatch(r"(\w) (\d+):(\d+)", part) for part in events.split(", ")]
    put(opened, [("1", int(m[2]) * 3600 + int(m[3]) * 60, m[1]) for m in moments if m])

    for count, reached in (("best", best), ("first", first)):
        found = ask(
            opened, "funnel", "reached_step",
            steps=[f"name = '{step}'" for step in "ABC"], window_seconds=3600, count=count,
        )  # fmt: skip
        assert found == [(reached,)]


@pytest.mark.parametrize(
    ("word", "modes", "reached"),
    [
        ("ADBC", ["strict_order"], 1),
        ("ACBC", ["strict_order"], 1),
        ("ACBC", ["strict_order", "allow_reentry"], 3),
        ("ABBC", ["strict_deduplication"], 2),
    ],
)
def test_the_modes_of_the_document_are_true(word: str, modes: list[str], reached: int) -> None:
    assert " ".join(word) in DOCUMENT
    opened = connection()
    put(opened, [("1", second, name) for second, name in enumerate(word)])

    found = opened.execute(
        macros.sql(
            "funnel", **COLUMNS, steps=[f"name = '{step}'" for step in "ABC"], window_seconds=60,
            modes=modes,
        )
    ).df()  # fmt: skip

    assert found.reached_step.tolist() == [reached]
