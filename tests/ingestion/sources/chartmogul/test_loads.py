"""ChartMogul in the warehouse: what is rewritten, vanishes or fails, and that nothing doubles."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.errors import KetteError
from ingestion.loading.run import run
from ingestion.sources import chartmogul
from tests.ingestion.sources.chartmogul.billing import Billing, activity, customer
from tests.ingestion.sources.emulator import Emulator, Reply, gone, only, stored

pytestmark = pytest.mark.usefixtures("vendor")
ACTIVITIES = only(chartmogul.LOAD, "activities")
CUSTOMERS = only(chartmogul.LOAD, "customers")
INVOICES = only(chartmogul.LOAD, "invoices")
METRICS = only(chartmogul.LOAD, "metrics_mrr")


def movements() -> dict[str, str]:
    return dict(stored("select uuid, activity_month from raw_chartmogul.activities"))


def test_whole_months_are_replaced_so_that_vanished_and_recreated_activities_count_once(
    billing: Billing,
) -> None:
    billing.activities = [
        activity("old", "2025-03-01T00:00:00+00:00"),
        activity("kept", "2026-05-02T00:00:00+00:00"),
        activity("vanishes", "2026-05-03T00:00:00+00:00"),
        activity("before merge", "2026-06-01T00:00:00+00:00"),
        activity("alone in its month", "2026-04-01T00:00:00+00:00"),
        activity("scheduled", "2027-01-01T00:00:00+00:00"),
    ]
    run(ACTIVITIES)
    assert set(movements()) == {each["uuid"] for each in billing.activities}

    billing.activities = [
        # out of the look-back: it stays until all is read again
        activity("kept", "2026-04-30T00:00:00+00:00"),
        activity("after merge", "2026-06-01T00:00:00+00:00"),
    ]
    run(ACTIVITIES)
    # two months that became empty wait for an answer that agrees
    assert movements().keys() - {"old", "kept", "after merge"} == {"vanishes", "scheduled"}

    run(ACTIVITIES)
    assert movements() == {"old": "2025-03", "kept": "2026-04", "after merge": "2026-06"}


def test_a_month_that_shrinks_is_held_back_until_a_second_answer_agrees(billing: Billing) -> None:
    june = [activity(f"june {n}", "2026-06-02T00:00:00+00:00") for n in range(40)]
    may = [activity(f"may {n}", "2026-05-02T00:00:00+00:00") for n in range(60)]
    billing.activities = [*may, *june]
    run(ACTIVITIES)
    billing.activities = [*may[:3], *june[:-1]]

    (result,) = run(ACTIVITIES)
    assert (result.status, result.note) == (
        "held", "held back 2026-05: 3 rows came, 60 are stored",
    )  # fmt: skip
    # one of forty is no loss to wait for
    assert movements().keys() == {each["uuid"] for each in [*may, *june[:-1]]}

    (result,) = run(ACTIVITIES)
    assert result.status == "loaded"
    assert movements().keys() == {each["uuid"] for each in [*may[:3], *june[:-1]]}


def test_the_first_run_of_the_next_day_finds_what_changed_long_ago(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    billing.activities = [
        activity("wrong", "2025-03-01T00:00:00+00:00"),
        activity("always there", "2025-03-01T00:00:00+00:00"),
        activity("kept", "2026-05-02T00:00:00+00:00"),
    ]
    run(ACTIVITIES)
    billing.activities[0] = activity("right", "2025-02-01T00:00:00+00:00")

    run(ACTIVITIES)
    assert "wrong" in movements()

    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(ACTIVITIES)
    assert movements() == {"right": "2025-02", "always there": "2025-03", "kept": "2026-05"}


def test_an_empty_answer_leaves_the_activities_as_they_are(billing: Billing) -> None:
    billing.activities = [activity("a", "2026-06-01T00:00:00+00:00")]
    run(ACTIVITIES)
    billing.activities = []

    (result,) = run(ACTIVITIES)

    assert "kept" in result.note
    assert set(movements()) == {"a"}


def test_a_listing_that_breaks_off_fails_alone_and_the_next_run_completes_it(
    billing: Billing, vendor: Emulator
) -> None:
    both = only(chartmogul.LOAD, "customers", "plans")
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(5)]
    billing.lists["/plans"] = [{"uuid": "pl_1", "external_id": "basic"}]
    run(both)
    billing.lists["/plans"].append({"uuid": "pl_2", "external_id": "plus"})
    vendor.faults.update(dict.fromkeys(range(6, 12), Reply(b"", 500)))

    with pytest.raises(KetteError, match=r"chartmogul customers.*status 500"):
        run(both)

    # the customers of the page that came are not all there are
    assert gone("chartmogul", "customers", "uuid") == set()
    assert stored("select uuid from raw_chartmogul.plans order by 1") == [("pl_1",), ("pl_2",)]

    run(both)
    assert stored("select count(*), count(distinct uuid) from raw_chartmogul.customers") == [(5, 5)]
    assert gone("chartmogul", "customers", "uuid") == set()


def test_a_customer_who_is_deleted_or_merged_stays_and_is_known_as_gone(billing: Billing) -> None:
    billing.lists["/customers"] = [customer("cus_1"), customer("cus_2"), customer("cus_3")]
    run(CUSTOMERS)
    billing.lists["/customers"] = [customer("cus_1"), customer("cus_3", "Cancelled")]
    run(CUSTOMERS)

    assert gone("chartmogul", "customers", "uuid") == {"cus_2"}
    assert stored(
        "select uuid, payload->>'status' from raw_chartmogul.customers order by uuid"
    ) == [("cus_1", "Active"), ("cus_2", "Active"), ("cus_3", "Cancelled")]


def test_a_customer_who_is_split_off_again_comes_back_under_a_new_uuid(billing: Billing) -> None:
    merged = {**customer("cus_1"), "external_ids": ["own-1", "own-2"]}
    billing.lists["/customers"] = [merged, customer("cus_3")]
    run(CUSTOMERS)
    billing.lists["/customers"] = [
        {**customer("cus_1"), "external_ids": ["own-1"]},
        customer("cus_3"),
        {**customer("cus_9"), "external_ids": ["own-2"]},
    ]
    run(CUSTOMERS)

    assert gone("chartmogul", "customers", "uuid") == set()
    assert stored(
        "select uuid, payload ->> '$.external_ids[0]', json_array_length(payload, '$.external_ids')"
        " from raw_chartmogul.customers where uuid != 'cus_3' order by uuid"
    ) == [("cus_1", "own-1", 1), ("cus_9", "own-2", 1)]


def test_what_is_created_while_the_newest_come_first_is_found_by_the_next_run(
    billing: Billing, vendor: Emulator
) -> None:
    invoices = [{"uuid": f"inv_{n}", "date": "2026-05-01T00:00:00.000Z"} for n in (3, 2, 1)]
    created = {"uuid": "inv_4", "date": "2026-06-15T00:00:00.000Z"}
    # its second page begins behind the last one shown, whatever was put before the first
    vendor.faults[1] = Reply({"invoices": invoices[:2], "cursor": "b2xkZXI", "has_more": True})
    vendor.faults[2] = Reply({"invoices": invoices[2:], "cursor": "b2xkZXN0", "has_more": False})
    run(INVOICES)
    billing.lists["/invoices"] = [created, *invoices]
    run(INVOICES)

    assert stored("select uuid from raw_chartmogul.invoices order by 1") == [
        (f"inv_{n}",) for n in (1, 2, 3, 4)
    ]
    assert gone("chartmogul", "invoices", "uuid") == set()


def test_the_running_month_is_dated_today_and_past_months_are_overwritten(
    vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(**mrr: int) -> list[dict[str, Any]]:
        return [{"date": f"2026-{day[1:3]}-{day[3:]}", "mrr": cents} for day, cents in mrr.items()]

    vendor.answer = lambda _: {"entries": told(_0531=3000, _0615=3100), "summary": {}}
    run(METRICS)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    vendor.answer = lambda _: {"entries": told(_0531=2800, _0616=3200), "summary": {}}
    run(METRICS)

    assert stored(
        "select period_end::varchar, payload ->> 'mrr' from raw_chartmogul.metrics_mrr order by 1"
    ) == [("2026-05-31", "2800"), ("2026-06-15", "3100"), ("2026-06-16", "3200")]
    assert {str(day) for day in gone("chartmogul", "metrics_mrr", "period_end")} == {"2026-06-15"}


def test_a_listing_without_anybody_is_held_back(billing: Billing) -> None:
    billing.lists["/customers"] = [customer("cus_1")]
    run(CUSTOMERS)
    billing.lists["/customers"] = []

    (result,) = run(CUSTOMERS)

    assert result.status == "held"
    assert gone("chartmogul", "customers", "uuid") == set()


def test_a_second_load_of_the_same_changes_no_row(billing: Billing) -> None:
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(4)]
    billing.lists["/invoices"] = [
        {"uuid": "inv_1", "customer_uuid": "cus_1", "date": "2026-05-01T00:00:00.000Z"}
    ]
    billing.subscriptions = {f"cus_{n}": [{"uuid": f"sub_{n}", "mrr": 100}] for n in range(4)}
    billing.activities = [activity("a", "2026-06-01T00:00:00+00:00")]

    def rows() -> dict[str, list[Any]]:
        return {
            stream.name: stored(
                f"select * exclude (_dlt_load_id, _dlt_id) from raw_chartmogul.{stream.name} "
                "order by all"
            )
            for stream in chartmogul.LOAD.streams
        }

    first = run(chartmogul.LOAD)
    before = rows()
    second = run(chartmogul.LOAD)

    assert rows() == before
    assert [result.loaded for result in second] == [result.loaded for result in first]
    assert {name: len(found) for name, found in before.items()} == {
        "account": 1,
        "customers": 4,
        "plans": 0,
        "subscriptions": 4,
        "activities": 1,
        "invoices": 1,
        "metrics_mrr": 1,
        "metrics_customer_count": 1,
    }


def test_bad_records_are_quarantined_and_the_ledger_still_closes(billing: Billing) -> None:
    billing.lists["/customers"] = [
        customer("cus_1"),
        customer(None),
        customer("  "),
        customer("half \ud800"),
        {**customer("cus_2"), "name": "x" * 1_500_000},
        {**customer("cus_3"), "id": 2**70},
        {**customer("cus_4"), "ltv": float("nan")},
        "nonsense",
        customer("cus_1", "Cancelled"),
    ]

    (result,) = run(CUSTOMERS)

    assert (result.seen, result.loaded, result.deduped, result.quarantined) == (9, 2, 1, 6)
    # of two versions in one listing the later one holds
    assert stored(
        "select uuid, payload->>'status', payload->>'ltv' from raw_chartmogul.customers order by 1"
    ) == [("cus_1", "Cancelled", None), ("cus_4", "Active", None)]
