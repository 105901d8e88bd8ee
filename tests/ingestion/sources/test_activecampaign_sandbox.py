"""A whole company's mailing tool arrives through faults, and again without changing a row."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.loading import warehouse
from ingestion.loading.run import run
from ingestion.sandbox import credentials, faults, push, world
from ingestion.sandbox.server import serve_in_thread
from ingestion.settings import settings
from ingestion.sources import activecampaign
from tests.ingestion.sources.emulator import only
from tests.ingestion.webhooks.running import HOST, receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.server import Sandbox

TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small company; its name tells the seed, to repeat a failure."""
    seed = request.config.getoption("seed") or secrets.randbelow(100_000)
    made = tmp_path_factory.mktemp(f"company-of-seed-{seed}-")
    world.generate(made, customers=400, months=8, seed=seed, until=TODAY)
    return made


@pytest.fixture
def sandbox(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Serve it, with limits that know no waiting."""
    with serve_in_thread(folder, clock=iter(range(10**9)).__next__) as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def asked(query: str) -> list[Any]:
    """Return what a query finds in the warehouse."""
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def told(folder: Path, table: str) -> str:
    """Return the company's own table, without the program that serves it."""
    return f"'{folder}/activecampaign/{table}.parquet'"


def at(column: str) -> str:
    return f"make_timestamptz({column} * 1000000)"


SAME = [
    (
        "contacts",
        "contacts",
        "id, updated_at, payload ->> 'email'",
        f"id, {at('updated_s')}, email",
    ),
    ("lists", "lists", "id, payload ->> 'name'", "id, name"),
    ("tags", "tags", "id, payload ->> 'tag'", "id, tag"),
    (
        "contact_lists",
        "contact_lists",
        "id, (payload ->> 'status')::bigint, payload ->> 'campaign'",
        "id, status, campaign_id",
    ),
    ("contact_tags", "contact_tags", "id, created_at", f"id, {at('created_s')}"),
    ("messages", "messages", "id, created_at", f"id, {at('created_s')}"),
    ("campaigns", "campaigns", "id, (payload ->> 'opens')::bigint", "id, opens"),
    ("links", "links", "id, payload ->> 'link'", "id, link"),
    ("automations", "automations", "id", "id"),
    (
        "contact_automations",
        "contact_automations",
        "id, created_at, updated_at",
        f"id, {at('entered_s')}, {at('updated_s')}",
    ),
    ("bounce_logs", "bounces", "id, created_at", f"id, {at('time_s')}"),
    ("deals", "deals", "id, (payload ->> 'value')::bigint", "id, value_cents"),
    (
        "link_data",
        "link_data",
        "link_id, contact_id, occurred_at, times",
        f"link_id, contact_id, {at('time_s')}, times",
    ),
]


def test_everything_the_company_has_arrives_through_faults(sandbox: Sandbox, folder: Path) -> None:
    sandbox.faults.add(
        faults.at("activecampaign", "*", 2, faults.too_many(1)),
        faults.at("activecampaign", "*", 4, faults.status(500)),
        faults.at("activecampaign", "*", 6, faults.reset()),
        faults.at("activecampaign", "*", 8, faults.status(403)),
    )
    results = run(activecampaign.LOAD)
    assert [result.note for result in results if "announced" in result.note] == []
    for table, own, loaded, expected in SAME:
        found = asked(f"select {loaded} from raw_activecampaign.{table} order by all")
        assert found == asked(f"select {expected} from {told(folder, own)} order by all"), table
        assert found, table


def test_who_got_a_campaign_and_who_left_with_it_comes_from_the_old_reports(
    sandbox: Sandbox, folder: Path
) -> None:
    run(activecampaign.LOAD)
    reports = asked(
        "select report, campaign_id, contact_id, occurred_at "
        "from raw_activecampaign.campaign_reports order by all"
    )
    single = f"(select id from {told(folder, 'campaigns')} where type = 'single')"
    assert reports == asked(
        f"""
        select 'open', campaign_id, contact_id, {at("time_s")} from {told(folder, "opens")}
        where campaign_id not in (select campaign_id from {told(folder, "links")}
            where link = 'open')
        union all
        select 'unopen', campaign_id, contact_id, {at("time_s")} from {told(folder, "sends")}
        where campaign_id in {single} and (campaign_id, contact_id) not in (
            select (campaign_id, contact_id) from {told(folder, "opens")})
        union all
        select 'unsubscription', campaign_id, contact_id, {at("time_s")}
        from {told(folder, "unsubscriptions")}
        order by all
        """
    )
    assert {row[0] for row in reports} == {"open", "unopen", "unsubscription"}
    assert sandbox.requests


def test_a_second_load_changes_no_row_and_asks_little(sandbox: Sandbox) -> None:
    def rows() -> dict[str, list[Any]]:
        return {
            stream.name: asked(
                "select * exclude (_dlt_load_id, _dlt_id) "
                f"from raw_activecampaign.{stream.name} order by all"
            )
            for stream in activecampaign.LOAD.streams
        }

    run(activecampaign.LOAD)
    before, count = rows(), len(sandbox.requests)
    second = run(activecampaign.LOAD)
    assert rows() == before
    assert len(sandbox.requests) - count < 15
    loaded = {result.stream: result.loaded for result in second}
    assert (loaded["link_data"], loaded["campaign_reports"], loaded["contact_lists"]) == (0, 0, 0)


@pytest.mark.usefixtures("sandbox")
def test_what_the_company_pushes_arrives_once(
    kette_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__ACTIVECAMPAIGN__API_TOKEN")
    since = TODAY - timedelta(days=20)
    secret = credentials.ACTIVECAMPAIGN_WEBHOOK_SECRET
    with receiver(kette_home, source="activecampaign", secret=secret) as running:
        sent = push.push(
            folder,
            since=since,
            receiver=f"http://{HOST}:{running.port}",
            sources=("activecampaign",),
        )
    run(only(activecampaign.LOAD, "webhook_events", "contacts"))
    arrived = asked(
        "select event, occurred_at, contact_id, campaign_id "
        "from raw_activecampaign.webhook_events order by all"
    )
    pushed = asked(
        f"select type, {at('time_s')}, contact_id, campaign_id from {told(folder, 'webhooks')} "
        f"where time_s >= epoch(date '{since}') order by all"
    )
    assert arrived == pushed
    assert len(pushed) == sent > 0
    assert settings().home == kette_home
