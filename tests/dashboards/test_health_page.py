"""The page that tells how the data is doing, above all when it is not doing well."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dashboards.i18n import LANGUAGES, TEXTS
from dashboards.queries import health as page
from ingestion.control import outcomes, store
from ingestion.loading import ledger
from ingestion.toolkit.source import StreamResult
from orchestration.dagster.defs.checks import ledger_result
from orchestration.monitoring import health
from tests.dashboards import worked_example
from tests.dashboards.control_fixture import (
    record_check,
    record_limits,
    record_load,
    record_publication,
    record_run,
)
from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "data_health.py"
EN = TEXTS["en"]
REFUSED = "hubspot contacts: the access token is refused. Make a new one"


def a_good_run(run_id: str = "run-1") -> None:
    record_run(run_id)
    record_load("mixpanel", "export_events", run_id=run_id)
    record_limits(mixpanel=30)
    record_check("unique_fct_touchpoints", "pass", run_id=run_id)
    record_check("assert_mrr", "warn", run_id=run_id, failures=2, message="Got 2 results")
    record_publication()


def test_after_a_good_run_all_is_well(full: Path, visit: Visit) -> None:
    a_good_run()
    app = visit(PAGE)
    assert not app.exception
    found = metrics(app)
    assert found["Last run"] == "Succeeded"
    assert found["Fresh sources"] == "1 of 1"
    assert found["Every record accounted for"] == "Yes"
    assert found["Checks passed"] == "1 of 2"
    cells = tables(app)
    assert "export_events" in cells
    assert "10 | 6 | 2 | 1 | 1 | 0" in cells
    assert "assert_mrr" in cells


# what each reader must say of the state, by hand
STATES = {
    "running": (True, True), "loaded": (True, False), "held": (True, False),
    "failed": (False, False), "interrupted": (True, True), "unbalanced": (False, False),
    "lost": (True, True), "made good": (True, True),
}  # fmt: skip


@pytest.mark.parametrize("state", outcomes.LOADS)
@pytest.mark.parametrize("seen", [10, 12], ids=["all accounted for", "two missing"])
def test_page_doctor_and_build_judge_a_load_alike(state: str, seen: int) -> None:
    is_good, is_open = STATES[state]
    record_load("mixpanel", "export_events", status=state, seen=seen)
    (shown,) = page.sources(None)
    is_well = is_good and (is_open or seen == 10)
    assert (not shown.failed_streams and not shown.unaccounted) == is_well
    assert (health.balance(store.latest_ledger()) == "balanced") == is_well
    # a load that failed leaves what is stored as it was: the build may go on
    assert (ledger.unbalanced_streams() == []) == (is_well or state == "failed")


def test_dagster_counts_what_is_unaccounted_for_as_the_page_does() -> None:
    record_load("mixpanel", "export_events", seen=12)
    (shown,) = page.sources(None)
    result = StreamResult("export_events", 12, 6, 2, 1, 1)
    check = ledger_result("mixpanel", "export_events", result)
    assert not check.passed
    told = {name: value.value for name, value in check.metadata.items()}
    assert told == {"seen": 12, "accounted_for": 10}
    assert shown.unaccounted == 2


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_after_a_failed_run_the_cause_is_told_and_what_still_shows(
    language: str, full: Path, visit: Visit
) -> None:
    a_good_run()
    record_run("run-2", error=REFUSED)
    record_load("hubspot", "contacts", run_id="run-2", status="failed", seen=12)
    app = visit(PAGE, language)
    assert not app.exception
    shown = texts(app)
    assert REFUSED in shown
    day = {"en": "1 Jun 2026", "de": "1. Juni 2026"}.get(language, "")
    assert TEXTS[language]["health.failed.published"].format(day=day) in shown
    assert metrics(app)[TEXTS[language]["health.ledger"]] == TEXTS[language][
        "health.ledger.bad"
    ].format(count=1)
    # the checks are those of the run that had some
    assert metrics(app)[TEXTS[language]["health.checks"]].startswith("1 ")


def test_a_first_run_that_failed_is_told_without_any_publication(visit: Visit) -> None:
    record_run(error=REFUSED)
    app = visit(PAGE)
    assert not app.exception
    assert REFUSED in texts(app)
    assert EN["health.failed.unpublished"] in texts(app)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "WooCommerce | Order status | shipped | 4 | 3 May 2026, 12:00 | order taken"),
        ("de", "WooCommerce | Status der Bestellung | shipped | 4 | 3. Mai 2026, 12:00"),
    ],
)
def test_words_that_nobody_has_mapped_are_listed_with_the_line_to_write(
    language: str, told: str, full: Path, visit: Visit
) -> None:
    a_good_run()
    app = visit(PAGE, language)
    assert told in tables(app)
    assert "woocommerce,order_status,shipped,placed," in [each.value for each in app.code]


def test_each_attribute_tells_of_how_many_it_is_known_and_how_often_systems_disagree(
    full: Path, visit: Visit
) -> None:
    a_good_run()
    cells = tables(visit(PAGE))
    # 36 of 40 known; of 20 whom two systems name five are named differently
    assert "Name | 90.0% · 36 of 40 | 25.0% · 5 of 20" in cells
    assert "Job title | 20.0% · 8 of 40 | one system only" in cells
    # and which system it is that contradicts
    assert "Name | HubSpot | 75.0% · 30 of 40 | 0.0% · 0 of 20" in cells
    assert "Name | tawk.to | 25.0% · 10 of 40 | 50.0% · 4 of 8" in cells


def test_of_how_many_touchpoints_the_meaning_and_the_person_are_known(
    full: Path, visit: Visit
) -> None:
    a_good_run()
    cells = tables(visit(PAGE))
    # of 200 touchpoints 150 are a step, 40 are none for a reason, 10 have no meaning yet
    assert "All systems | 200 | 75.0% | 20.0% | 10 | 90.0% | 60.0% | 30.0%" in cells
    assert "tawk.to | 50 | 80.0% | 0.0% | 10 | 100.0% | 100.0% | 20.0%" in cells
    assert "Mixpanel | Website | 100 | 60.0% | 40.0% | 0 | 80.0% | 20.0% | 0.0%" in cells
    assert "Mixpanel | no channel | 50 | 100.0% | 0.0% | 0 | 100.0% | 100.0% | 100.0%" in cells


def test_what_leaving_out_staff_tests_and_bots_changes_is_counted(full: Path, visit: Visit) -> None:
    a_good_run()
    cells = tables(visit(PAGE))
    assert "People | 50 | -2 | 0 | -3 | 45" in cells
    assert "Contacts | 2,000 | -100 | 0 | -400 | 1,500" in cells


def test_a_record_that_is_lost_shows(full: Path, visit: Visit) -> None:
    record_run()
    record_load("mixpanel", "export_events", seen=13)
    app = visit(PAGE)
    assert metrics(app)["Every record accounted for"] == "1 affected"
    assert "3 unaccounted for" in tables(app)


def test_each_source_is_judged_by_its_own_limit(full: Path, visit: Visit) -> None:
    record_run("run-1")
    for source in ("mixpanel", "files", "calendly"):
        record_load(source, "rows", run_id="run-1")
    record_run("run-2", as_of=AS_OF + timedelta(days=3))
    record_load("tawk", "chats", run_id="run-2")
    # nobody expects new data of the calendar, which is off by now
    record_limits(mixpanel=30, files=7 * 24, tawk=2, hubspot=6)
    app = visit(PAGE)
    assert metrics(app)["Fresh sources"] == "2 of 4"
    cells = tables(app)
    for row in (
        "Calendly | :gray-badge[off] | 3.0 days | –",
        "Files | :green-badge[:material/check: fresh] | 3.0 days | 168 h",
        "HubSpot | :orange-badge[:material/flag: never loaded] | – | 6 h",
        "Mixpanel | :orange-badge[:material/flag: too old] | 3.0 days | 30 h",
        "tawk.to | :green-badge[:material/check: fresh] | up to date | 2 h",
    ):
        name, *wanted = row.split(" | ")
        line = next(line for line in cells.splitlines() if line.startswith(f"{name} | "))
        _, state, _, _, _, age, limit = line.split(" | ")
        assert [state, age, limit] == wanted, line


def test_sources_and_tables_that_are_not_well_come_first(full: Path, visit: Visit) -> None:
    record_run()
    record_load("activecampaign", "contacts")
    record_load("hubspot", "contacts", status="failed", seen=12)
    record_load("tawk", "chats", seen=13)
    record_limits(activecampaign=30, hubspot=30, tawk=30)
    sources, ill, every = (table.value for table in visit(PAGE).table[:3])
    # HubSpot failed and tawk.to lost three of its records; the rest follows
    assert list(sources["Source"]) == ["HubSpot", "tawk\\.to", "ActiveCampaign"]
    assert list(sources.columns[:3]) == ["Source", "Freshness", "Balance"]
    assert list(ill["Table"]) == ["contacts", "chats"]
    assert sorted(every["Table"]) == ["chats", "contacts", "contacts"]


def test_where_every_load_balances_one_sentence_says_so(full: Path, visit: Visit) -> None:
    a_good_run()
    assert any(EN["health.ledger.well"] in text for text in texts(visit(PAGE)))


def test_a_failing_check_is_named_with_its_message(full: Path, visit: Visit) -> None:
    record_run(error="the build did not pass")
    record_check("assert_mrr", "fail", model="fct_mrr_monthly", failures=4, message="Got 4 results")
    app = visit(PAGE)
    assert metrics(app)["Checks passed"] == "0 of 1"
    cells = tables(app)
    assert "assert_mrr | fct_mrr_monthly" in cells
    assert "4 | Got 4 results" in cells


def test_a_control_store_that_cannot_be_read_is_told(
    full: Path, visit: Visit, kette_home: Path
) -> None:
    (kette_home / "control.db").write_bytes(b"no database" * 1000)
    app = visit(PAGE)
    assert not app.exception
    assert app.error[0].value == EN["health.store.broken"]
    assert not visit("revenue_retention.py").error


@pytest.fixture
def differing(kette_home: Path) -> Path:
    """Publish a month that a drifting rate explains, and one that nothing does."""
    rows = worked_example.rows()
    total = {
        "source": "chartmogul", "metric": "mrr", "our_value": 92, "exchange_rate_value": 0,
        "history_value": 0, "setting_value": 0, "unexplained_value": 0, "currency_code": "EUR",
    }  # fmt: skip
    rows["marts.fct_control_totals"] = [
        {**total, "control_total_id": "april", "period_start": worked_example.MONTHS[4],
         "their_value": 91.40, "difference_value": -0.60, "exchange_rate_value": -0.60,
         "is_explained": True},
        {**total, "control_total_id": "may", "period_start": worked_example.MONTHS[5],
         "their_value": 102, "difference_value": 10, "unexplained_value": 10,
         "is_explained": False},
    ]  # fmt: skip
    rows["marts.fct_control_total_records"] = [
        {"control_total_id": "april", "cause": "exchange_rate", "record_id": "cus_k",
         "amount": -0.60},
        {"control_total_id": "may", "cause": "unexplained", "record_id": "cus_n",
         "account_id": "nordwind", "amount": 10},
    ]  # fmt: skip
    rows["marts.fct_metric_warnings"] = [
        {"metric": "mrr", "period_start": worked_example.MONTHS[5], "source": "chartmogul",
         "warning": "control_total", "amount": 10, "currency_code": "EUR"},
    ]  # fmt: skip
    return publish(rows, as_of=worked_example.AS_OF)


def test_a_difference_to_the_vendor_names_month_cause_and_records(
    differing: Path, visit: Visit
) -> None:
    a_good_run()
    cells = tables(visit(PAGE))

    assert "Apr 2026 | €92.00 | €91.40 | exchange rate -€0.60" in cells
    assert "cus_k (exchange rate -€0.60)" in cells
    assert "May 2026 | €92.00 | €102.00" in cells
    assert "Nordwind GmbH (unexplained €10.00)" in cells


def test_a_figure_that_a_warning_touches_is_marked(differing: Path, visit: Visit) -> None:
    a_good_run()
    app = visit("company_overview.py")

    assert not app.exception
    assert [EN["figure.warned"] in text for text in texts(app)].count(True) == 1


@pytest.mark.parametrize(
    ("language", "title", "amount", "month"),
    [("en", "MRR in another currency", "92.00", "May 2026"),
     ("de", "MRR in anderer Währung", "92,00", "Mai 2026")],
)  # fmt: skip
def test_who_pays_in_a_currency_that_no_figure_holds_is_named(
    kette_home: Path, visit: Visit, language: str, title: str, amount: str, month: str
) -> None:
    rows = worked_example.rows()
    rows["marts.fct_mrr_other_currencies"] = [
        {"source": "chartmogul", "period_start": worked_example.MONTHS[month], "record_id": "cus_k",
         "account_id": "nordwind", "currency_code": "USD", "mrr_amount": amount,
         "reported_mrr_amount": amount / 2, "exchange_rate_amount": -7}
        for month, amount in ((4, 70), (5, 92))
    ]  # fmt: skip
    publish(rows, as_of=worked_example.AS_OF)
    a_good_run()
    app = visit(PAGE, language)
    assert f"**{title}**" in texts(app)
    cells = tables(app).replace("\u00a0", " ")
    (row,) = [line for line in cells.splitlines() if f"Nordwind GmbH | {month} | " in line]
    assert amount in row
    # what it is worth at the rate, and what the rate alone made of it
    worth = {"en": "€46.00 | -€7.00", "de": "46,00 € | -7,00 €"}[language]
    assert row.endswith(worth)


def test_where_all_pay_in_one_currency_nothing_is_said_of_others(full: Path, visit: Visit) -> None:
    a_good_run()
    assert not any("another currency" in text for text in texts(visit(PAGE)))


def test_doctor_names_what_is_left_over_and_is_well(differing: Path) -> None:
    (found,) = [each for each in health.findings() if each.subject == "control totals"]

    assert (found.is_well, found.is_hint) == (True, True)
    assert "chartmogul mrr 2026-05: ours 92.00, theirs 102.00, left over 10.00" in found.text
    assert "cus_n" in found.text
