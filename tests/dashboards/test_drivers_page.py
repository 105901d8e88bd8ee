"""What affects retention, as the page says it: worked out by hand from the written-down findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards import i18n
from dashboards.components import driver_words
from dashboards.queries import drivers
from tests.dashboards import warehouse_fixture, worked_drivers, worked_example
from tests.dashboards.reading import texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

SAID = {
    "en": (
        (
            "Of 100 accounts with a booked onboarding session, **8.4 more** still pay after 90 days than "
            "of 100 accounts without an onboarding session, all else being equal."
        ),
        (
            "**How sure:** between 2.1 and 14.7 more, with 95% certainty. The plain difference, "
            "unadjusted, is 10.0 pp."
        ),
        (
            "**Why not surer:** this is no experiment. Something unrecorded that makes both this and "
            "leaving 1.8 times as likely could explain it away."
        ),
        (
            "**What it is worth:** today this concerns 1 paying account (accounts without an onboarding "
            "session) with €100 a month."
        ),
        "**Next week:** try it with a half of these accounts drawn by lot, and compare.",
    ),
    "de": (
        (
            "Von 100 Kundenkonten mit gebuchtem Einführungstermin zahlen nach 90 Tagen noch **8,4 mehr** "
            "als von 100 Kundenkonten ohne Einführungstermin, wenn sonst alles gleich ist."
        ),
        "**Wie sicher:** mit 95 % Sicherheit zwischen 2,1 und 14,7 mehr.",
        "**Warum nicht sicherer:** Es ist kein Versuch.",
        "**Was es wert ist:** Heute betrifft es 1 zahlendes Kundenkonto",
        "**Nächste Woche:** Probieren Sie es mit einer ausgelosten Hälfte",
    ),
}


def plain(text: str) -> str:
    """Return a text without escapes and unbroken spaces."""
    return (
        text.replace("\\", "").replace(":gray[]", "").replace("\u00a0", " ").replace("\u202f", " ")
    )


@pytest.mark.parametrize("language", SAID)
def test_a_finding_says_its_size_certainty_worth_and_what_to_do(
    language: str, full: Path, visit: Visit
) -> None:
    shown = [plain(text) for text in texts(visit("revenue_retention.py", language))]

    for sentence in SAID[language]:
        assert any(sentence in text for text in shown), sentence


def test_the_page_lists_what_could_be_chance_and_what_is_missing(full: Path, visit: Visit) -> None:
    shown = "\n".join(plain(text) for text in texts(visit("revenue_retention.py")))

    # 1,234 accounts are an estimate: two digits of it matter
    assert (
        "210 accounts could be watched; about 1,300 would show a difference of this size" in shown
    )
    assert "practically no difference" in shown
    assert "Failed payments: 6 missing" in shown
    assert "First use: hardly any account of one side has a counterpart" in shown
    # a sign is worth nothing by itself
    assert "2 paying accounts (accounts that would rather not recommend you)" in shown
    assert "It follows from other things" in shown
    # two that are one, by the side that stays
    assert "accounts with more than 3 campaign mails, **5.0 more**" in shown
    assert "between 1.0 and 9.0 more" in shown
    assert "Goes along so closely with Onboarding session" in shown
    assert "a weak hidden cause could explain it away" in shown
    # what belongs to another segment waits for its choice
    assert "**Slow pages**" not in shown


def test_a_segment_shows_its_own_findings(full: Path, visit: Visit) -> None:
    app = visit("revenue_retention.py", drivers_of="paying_age.later")
    shown = "\n".join(plain(text) for text in texts(app))

    assert not app.exception
    assert "**Slow pages**" in shown
    assert "**Onboarding session**" not in shown


def test_the_accounts_behind_are_those_on_the_side_that_leaves(full: Path) -> None:
    (found,) = drivers.accounts(str(full.resolve()), "all|all|has_booked_onboarding|")

    assert found["account_id"] == "ostwind"
    assert drivers.accounts(str(full.resolve()), "all|all|nps_score|") == []


@pytest.mark.usefixtures("kette_home")
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_finding_at_all_is_said_calmly(language: str, visit: Visit) -> None:
    rows = worked_example.rows()
    del rows["marts.fct_retention_drivers"]
    warehouse_fixture.publish(rows, as_of=worked_example.AS_OF)
    app = visit("revenue_retention.py", language)

    assert not app.exception
    assert any(i18n.TEXTS[language]["drivers.empty"] in text for text in texts(app))


def test_every_candidate_of_the_seed_is_said_without_a_gap(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "language", lambda: "de")
    for row in drivers.findings(str(full.resolve())):
        for side in driver_words.sides(str(full.resolve()), row):
            assert "{" not in side
            assert side == side.strip()


LEAVING = {
    "en": (
        # 23:30 in UTC is the next day in Berlin
        "learned from what was known on 15 Jan 2026 and was judged by 300 looks",
        "that one had the higher chance **71 of 100 times** (95% interval 62 to 80",
        "It expected 28 to leave; 30 did.",
        "Of the third with the highest chances 18 of 100 left, of the third with the lowest 3 of 100.",
        "**42%** raised by: Onboarding session, Slow pages",
    ),
    "de": (
        "aus dem, was am 15. Jan. 2026 bekannt war",
        "**71 von 100 Mal**",
        "Erwartet waren 28 Abgänge, es gab 30.",
        "gingen 18 von 100, vom Drittel mit den niedrigsten 3 von 100",
        "**42 %** erhöht durch: Einführungstermin, Langsame Seiten",
    ),
}


@pytest.mark.parametrize("language", LEAVING)
def test_who_will_leave_comes_with_its_test_on_the_past(
    language: str, full: Path, visit: Visit
) -> None:
    shown = [plain(text) for text in texts(visit("revenue_retention.py", language))]

    for sentence in LEAVING[language]:
        assert any(sentence in text for text in shown), sentence


@pytest.mark.usefixtures("kette_home")
@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("too_few", "Too few accounts have left or stayed to learn who will leave: 4 more"),
        ("no_better_than_chance", "would not have told who leaves better than a coin (71 of 100"),
    ],
)
def test_who_will_leave_is_not_told_where_it_cannot_be(
    status: str, said: str, visit: Visit
) -> None:
    rows = {**worked_example.rows(), "marts.fct_leaving_chances": []}
    row = {**worked_drivers.judged("all", 300, 30, 28.0), "status": status, "missing_count": 4}
    rows["marts.fct_leaving_tests"] = [row]
    warehouse_fixture.publish(rows, as_of=worked_example.AS_OF)
    shown = [plain(text) for text in texts(visit("revenue_retention.py"))]

    assert any(said in text for text in shown)
    assert not any("raised by" in text for text in shown)
