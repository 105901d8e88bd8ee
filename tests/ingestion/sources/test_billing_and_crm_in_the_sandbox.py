"""ChartMogul and HubSpot from the sandbox: everything arrives once, under faults and day after day.

The world's own tables say what must have arrived; its seed is drawn anew in each run.
"""

from __future__ import annotations

import secrets
import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.loading.run import run
from ingestion.sandbox import world
from ingestion.sandbox.faults import (
    at,
    bad_record,
    cut,
    html,
    json_error,
    repeat_page,
    reset,
    status,
    too_many,
)
from ingestion.sandbox.server import Sandbox, serve_in_thread
from ingestion.sources import chartmogul, hubspot
from tests.ingestion.sources.emulator import only, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.toolkit.source import Load

UNTIL = date(2026, 6, 1)
BOTH = (chartmogul.LOAD, hubspot.LOAD)
# one fault of each kind, each on another listing
FAULTS = (
    at("chartmogul", "*/customers", 1, too_many(2)),
    at("chartmogul", "*/subscriptions", (3, 9), status(503, "Too many parallel connections")),
    at("chartmogul", "*/subscriptions", 5, reset()),
    at("chartmogul", "*/activities", 1, cut()),
    at("chartmogul", "*/invoices", 1, html()),
    at("chartmogul", "*/plans", 1, bad_record("null_key")),
    at("chartmogul", "*/metrics/mrr", 1, too_many(1, as_date=True)),
    at("hubspot", "*/objects/contacts", 2, repeat_page()),
    at("hubspot", "*/objects/companies", 1, json_error()),
    at("hubspot", "*/objects/tickets", 1, bad_record("lone_surrogate")),
    at("hubspot", "*/properties/deals", 1, status(502)),
    at("hubspot", "*/associations/*", (1, 4), reset(None)),
)


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("seed") or secrets.randbelow(100_000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Path:
    folder = tmp_path_factory.mktemp("world")
    world.generate(folder, customers=300, months=12, seed=seed, until=UNTIL)
    return folder


@pytest.fixture
def sandbox(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> Iterator[Sandbox]:
    print(f"--seed {seed}")  # noqa: T201 - shown where the test fails
    shutil.copytree(made, tmp_path / "world")
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    # nobody waits here, so the limits of the vendors do not count either
    with serve_in_thread(tmp_path / "world", clock=iter(range(0, 10**9, 100)).__next__) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KETTE_TODAY", UNTIL.isoformat())
        yield running


def truth(sandbox: Sandbox, table: str, columns: str, where: str = "true") -> set[tuple[Any, ...]]:
    path = sandbox.folder / f"{table}.parquet"
    return set(stored(f"select {columns} from read_parquet('{path}') where {where}"))


def listed(load: Load, stream: str, columns: str) -> set[tuple[Any, ...]]:
    """Return what a table holds, without what the last complete listing did not show any more."""
    rows = stored(
        f"select {columns} from raw_{load.source}.{stream} where _dlt_load_id >= coalesce((select "
        f"load_id from kette.complete_listings where source = '{load.source}' "
        f"and stream = '{stream}'), '')"
    )
    assert len(rows) == len(set(rows))
    return set(rows)


def assert_everything_arrived(sandbox: Sandbox) -> None:
    """Compare the warehouse with the world's own tables, value by value."""
    for stream in ("customers", "plans"):
        assert listed(chartmogul.LOAD, stream, "uuid, external_id") == truth(
            sandbox, f"chartmogul/{stream}", "uuid, external_id"
        )
    assert listed(
        chartmogul.LOAD, "subscriptions", "uuid, customer_uuid, (payload->>'mrr')::bigint"
    ) == truth(sandbox, "chartmogul/subscriptions", "uuid, customer_uuid, mrr_cents")
    assert listed(
        chartmogul.LOAD,
        "activities",
        "uuid, epoch(occurred_at)::bigint, strftime(occurred_at, '%Y-%m') = activity_month, "
        "customer_uuid, (payload->>'activity-mrr-movement')::bigint",
    ) == truth(
        sandbox, "chartmogul/activities", "uuid, date_s, true, customer_uuid, movement_cents"
    )
    assert listed(
        chartmogul.LOAD, "invoices", "uuid, customer_uuid, epoch(invoiced_at)::bigint"
    ) == truth(sandbox, "chartmogul/invoices", "uuid, customer_uuid, date_s")
    for kind in ("contacts", "companies", "deals", "tickets"):
        assert listed(hubspot.LOAD, kind, "id, archived, epoch_ms(created_at)") == truth(
            sandbox, f"hubspot/{kind}", "id, archived_ms is not null, created_ms"
        )
    live = " union all ".join(
        f"select '{kind}' || id from read_parquet('{sandbox.folder}/hubspot/{kind}.parquet') "
        "where archived_ms is null"
        for kind in ("contacts", "companies", "deals", "tickets")
    )
    columns = "from_type, from_id, to_type, to_id"
    assert listed(
        hubspot.LOAD,
        "associations",
        "from_object_type, from_object_id, to_object_type, to_object_id",
    ) == truth(
        sandbox,
        "hubspot/associations",
        columns,
        f"from_type || from_id in ({live}) and from_type || '>' || to_type in "
        "('contacts>companies', 'deals>companies', 'deals>contacts', "
        "'tickets>contacts', 'tickets>companies')",
    )


def test_everything_arrives_once_although_the_vendors_misbehave(sandbox: Sandbox) -> None:
    sandbox.faults.add(*FAULTS)

    results = [result for load in BOTH for result in run(load)]

    assert_everything_arrived(sandbox)
    assert all(rule.count >= max(rule.on or [1]) for rule in sandbox.faults.rules)
    # the two bad records
    assert sum(result.quarantined for result in results) == 2
    for result in results:
        assert result.seen == result.loaded + result.deduped + result.quarantined


def test_mrr_of_finished_months_is_what_the_truth_says(sandbox: Sandbox) -> None:
    run(only(chartmogul.LOAD, "metrics_mrr"))

    shown = stored(
        "select strftime(period_end, '%Y-%m'), (payload->>'mrr')::bigint "
        f"from raw_chartmogul.metrics_mrr where period_end < '{UNTIL}' "
        "and (payload->>'mrr')::bigint <> 0 order by 1"
    )
    path = sandbox.folder / "truth_mrr.parquet"
    assert shown == stored(
        f"select month, sum(mrr_cents)::bigint from read_parquet('{path}') group by 1 order by 1"
    )


# four loads of whole companies; each source has its own second load
@pytest.mark.proof
def test_day_after_day_the_warehouse_is_what_a_fresh_load_would_make_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for load in BOTH:
        run(load)
    for days in (1, 40):
        today = world.advance(sandbox.folder, days=days).until
        monkeypatch.setenv("KETTE_TODAY", today.isoformat())
        for load in BOTH:
            run(load)
        assert_everything_arrived(sandbox)

    # what changed is searched for in a second run of the day, and it changes nothing
    for load in BOTH:
        run(load)
    assert_everything_arrived(sandbox)
