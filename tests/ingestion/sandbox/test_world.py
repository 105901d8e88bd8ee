"""The simulated company: the same arguments make the same one, and time only adds to it."""

from __future__ import annotations

import json
import secrets
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.sandbox import vendors, world
from ingestion.sandbox.company.folder import load_world
from ingestion.sandbox.truth import schema

if TYPE_CHECKING:
    from pathlib import Path

VENDOR_TABLES = vendors.tables()
TABLES = VENDOR_TABLES | schema.TABLES

UNTIL = date(2026, 3, 9)
DAYS = 12
# dates that may lie ahead: what was scheduled or agreed in time
AHEAD = {
    "chartmogul/activities": {"date_s"},
    "chartmogul/contracts": {"to_s"},
    "chartmogul/subscriptions": {"end_s"},
    "chartmogul/invoices": {"due_s"},
    "chartmogul/line_items": {"service_period_end_s"},
    "calendly/scheduled_events": {"starts_ms", "ends_ms"},
}
MONTHLY = "mixpanel/events"


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("seed") or secrets.randbelow(1_000_000))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Path:
    """Return a small company; do not change it."""
    folder = tmp_path_factory.mktemp(f"seed-{seed}-made")
    world.generate(folder, customers=200, months=6, seed=seed, until=UNTIL)
    return folder


@pytest.fixture(scope="module")
def advanced(made: Path, tmp_path_factory: pytest.TempPathFactory, seed: int) -> Path:
    """Return the same company some days later."""
    folder = tmp_path_factory.mktemp(f"seed-{seed}-advanced") / "world"
    shutil.copytree(made, folder)
    world.advance(folder, days=DAYS)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def table(folder: Path, name: str) -> str:
    pattern = f"{name}-*" if name == MONTHLY else name
    return f"read_parquet('{folder}/{pattern}.parquet')"


def rows(query: str) -> list[tuple[object, ...]]:
    return duckdb.sql(query).fetchall()


def now_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def test_the_same_arguments_make_the_same_bytes(made: Path, tmp_path: Path, seed: int) -> None:
    world.generate(tmp_path, customers=200, months=6, seed=seed, until=UNTIL)
    assert files(tmp_path) == files(made)


def test_another_seed_makes_another_company(made: Path, tmp_path: Path, seed: int) -> None:
    world.generate(tmp_path, customers=200, months=6, seed=seed + 1, until=UNTIL)
    ids = "select distinct distinct_id from {}"
    here = set(rows(ids.format(table(made, "mixpanel/profiles"))))
    there = set(rows(ids.format(table(tmp_path, "mixpanel/profiles"))))
    assert here
    assert not here & there


def test_many_small_steps_lead_where_one_large_one_does(
    made: Path, advanced: Path, tmp_path: Path
) -> None:
    stepped = tmp_path / "world"
    shutil.copytree(made, stepped)
    world.advance(stepped, days=5)
    world.advance(stepped, days=DAYS - 5)
    assert files(stepped) == files(advanced)


def test_as_many_persons_come_as_were_asked_for(made: Path) -> None:
    assert rows(f"select count(*) from {table(made, 'truth_persons')}") == [(200,)]


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_columns_that_are_promised(made: Path, name: str) -> None:
    found = duckdb.sql(f"select * from {table(made, name)} limit 0").columns
    assert found == list(TABLES[name])


def test_nearly_every_table_has_rows(made: Path) -> None:
    empty = [name for name in TABLES if rows(f"select count(*) from {table(made, name)}") == [(0,)]]
    # so few people may not have given cause for what is rare, such as a merge
    assert len(empty) < 4, empty


@pytest.mark.parametrize("name", VENDOR_TABLES)
def test_nothing_lies_ahead_of_the_worlds_now(made: Path, name: str) -> None:
    columns = set(TABLES[name]) - AHEAD.get(name, set())
    for column in columns:
        unit = {"_s": 1000, "ms": 1}.get(column[-2:])
        if unit and column.endswith(("_s", "_ms")):
            late = f"select count(*) from {table(made, name)} where {column} * {unit} >= "
            assert rows(late + str(now_ms(UNTIL))) == [(0,)], column


# what may differ of a row that is in both, and which rows may be missing afterwards
HISTORY: dict[str, tuple[str, tuple[str, ...], str]] = {
    "mixpanel/events": (
        "insert_id, time_s, arrived_ms",
        ("linked_user_id", "linked_ms"),
        # repeats that the vendor has cleaned away by now
        "(select count(*) from {after} as kept where kept.insert_id = gone.insert_id) > 0",
    ),
    "mixpanel/profiles": ("distinct_id", ("updated_ms", "properties_json"), "false"),
    "chartmogul/plans": ("uuid", (), "false"),
    "chartmogul/customers": (
        "uuid",
        ("external_ids_json", "data_source_uuids_json", "status", "customer_since_s",
         "mrr_cents", "custom_json", "tags_json"),
        # merged into another, or a test that was deleted
        "uuid not in (select customer_uuid from {contracts})",
    ),
    "chartmogul/subscriptions": (
        "uuid",
        ("plan_uuid", "plan_name", "quantity", "mrr_cents", "status", "end_s"),
        "false",
    ),
    "chartmogul/contracts": ("subscription_uuid, from_s", ("to_s",), "false"),
    "chartmogul/activities": (
        "uuid",
        (),
        # recreated under another id, or a scheduled end that was taken back
        """date_s * 1000 >= {now} or (date_s, customer_uuid, movement_cents) in (
            select (date_s, customer_uuid, movement_cents) from {after}
            where created_ms >= {now}
        )""",
    ),
    "chartmogul/invoices": ("uuid", (), "uuid not in (select invoice_uuid from {payments})"),
    "chartmogul/line_items": ("uuid", (), "invoice_uuid not in (select invoice_uuid from {payments})"),
    "chartmogul/transactions": ("uuid", (), "false"),
    "tawk/agents": ("agent_id", (), "false"),
    "tawk/chats": ("chat_id", ("updated_ms", "is_deleted"), "false"),
    "tawk/messages": ("chat_id, sequence", (), "false"),
    "tawk/webhooks": ("event_id", (), "false"),
    "tawk/tickets": ("ticket_id", ("updated_ms", "status"), "false"),
    "hubspot/contacts": ("id", ("updated_ms", "archived_ms", "properties_json"), "id in {merged}"),
    "hubspot/companies": ("id", ("updated_ms", "archived_ms", "properties_json"), "id in {merged}"),
    "hubspot/deals": ("id", ("updated_ms", "archived_ms", "properties_json"), "false"),
    "hubspot/tickets": ("id", ("updated_ms", "archived_ms", "properties_json"), "false"),
    "hubspot/merges": ("loser_id", (), "false"),
    "hubspot/owners": ("id", ("updated_ms", "archived_ms"), "false"),
    "hubspot/associations": ("from_id, to_id", (), "false"),
    "calendly/event_types": ("id", (), "false"),
    "calendly/scheduled_events": (
        "id", ("status", "updated_ms", "canceled_ms", "canceled_by", "cancel_reason"), "false",
    ),
    "calendly/invitees": (
        "id", ("status", "updated_ms", "new_id", "new_event_id", "no_show_ms"), "false",
    ),
    # what was in the recycle bin may be purged
    **{
        f"salesforce/{table}": (
            "id",
            ("updated_ms", "is_deleted", "properties_json"),
            "id in (select id from {before} where is_deleted)",
        )
        for table in (
            "accounts", "contacts", "leads", "opportunities", "cases", "tasks", "events", "users",
        )
    },
    "trustmary/contacts": ("id", ("updated_ms", "deleted_ms"), "false"),
    "trustmary/lists": ("id", (), "false"),
    "trustmary/surveys": ("id", ("updated_ms", "deleted_ms", "count"), "false"),
    "trustmary/invitations": ("id", ("answer_id",), "false"),
    # an answer grows by its second page
    "trustmary/answers": (
        "id",
        ("updated_ms", "deleted_ms", "custom_json", "feedback", "comment", "name", "email",
         "public_consent", "no_public_consent"),
        "false",
    ),
    "trustmary/reviews": ("eid", ("updated_ms", "deleted_ms"), "false"),
    "typeform/forms": ("id", (), "false"),
    # what was begun is submitted later
    "typeform/responses": ("token", ("submitted_ms", "answers_json", "score"), "false"),
    "delighted/people": ("id", ("last_sent_ms",), "false"),
    "delighted/survey_responses": ("id", ("updated_ms", "tags_json"), "false"),
    # late events come to days past; a day's intraday shard gives way to its own
    "ga4/events": ("id", (), "false"),
    "ga4/shards": ("file", ("events",), "kind = 'intraday'"),
    # figures of days are restated: invalid clicks are taken back, sign-ups are dated to the click
    "meta_ads/insights": (
        "date, ad_id",
        ("impressions", "reach", "clicks", "link_clicks", "unique_clicks", "spend_cents",
         "reactions", "comments", "shares", "registrations"),
        "false",
    ),
    "google_ads/campaign_days": (
        "date, campaign_id",
        ("impressions", "clicks", "cost_micros", "conversions", "conversions_value",
         "view_through_conversions"),
        "false",
    ),
    "linkedin_pages/share_statistics": (
        "day_ms",
        ("impressions", "unique_impressions", "clicks", "likes", "comments", "shares"),
        "false",
    ),
    "linkedin_pages/follower_statistics": ("day_ms", (), "false"),
    "woocommerce/orders": ("id", ("status", "refunded", "modified_ms"), "false"),
    "wordpress/comments": ("id", ("status",), "false"),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORY)
def test_history_stays_except_for_what_was_planned(made: Path, advanced: Path, name: str) -> None:
    key, changing, may_go = HISTORY[name]
    before, after = table(made, name), table(advanced, name)
    same = [column for column in TABLES[name] if column not in changing]
    columns = ", ".join(same)
    lost = f"(select {columns} from {before} except all select {columns} from {after})"
    allowed = may_go.format(
        after=after,
        before=before,
        now=now_ms(UNTIL),
        payments=table(made, "chartmogul/transactions"),
        contracts=table(made, "chartmogul/contracts"),
        merged=f"(select loser_id from {table(advanced, 'hubspot/merges')}"
        f" where merged_ms >= {now_ms(UNTIL)})",
    )
    assert rows(f"select * from {lost} as gone where not ({allowed}) limit 3") == []
    unkeyed = f"select {key} from {after} group by all having count(*) > 1 limit 3"
    assert rows(unkeyed) == []
    if {"updated_ms", "properties_json"} <= set(changing):
        quiet = f"select * from {{}} where updated_ms < {now_ms(UNTIL)}"
        changed = f"{quiet.format(after)} except {quiet.format(before)}"
        assert rows(f"select * from ({changed}) limit 3") == []


@pytest.mark.parametrize(
    ("name", "window_days"),
    [("meta_ads/insights", 28), ("google_ads/campaign_days", 30)],
)
def test_figures_of_ads_change_within_their_window_and_not_before_it(
    made: Path, advanced: Path, name: str, window_days: int
) -> None:
    then, now = table(made, name), table(advanced, name)
    changed = f"select date from (select * from {then} except select * from {now})"
    settled = UNTIL - timedelta(days=window_days)
    assert rows(f"{changed} where date < '{settled}'") == []
    assert rows(f"select count(*) > 0 from ({changed})") == [(True,)]


def test_the_new_days_bring_new_records(made: Path, advanced: Path) -> None:
    for name in ("mixpanel/events", "tawk/webhooks", "chartmogul/transactions"):
        count = "select count(*) from {}"
        assert rows(count.format(table(advanced, name))) > rows(count.format(table(made, name)))


def test_a_world_that_was_not_written_whole_is_not_used(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(made, folder)
    (folder / ".next" / "tawk").mkdir(parents=True)
    (folder / ".next" / "tawk" / "chats.parquet").write_bytes(b"half of it")
    assert load_world(folder).until == UNTIL
    world.advance(folder, days=1)
    assert rows(f"select count(*) > 0 from {table(folder, 'tawk/chats')}") == [(True,)]
    assert not (folder / ".next").exists()


def test_a_world_that_was_written_whole_but_not_moved_is_moved_by_the_next_caller(
    made: Path, advanced: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "world"
    shutil.copytree(made, folder)
    shutil.copytree(advanced, folder / ".next")
    # the writer was killed after it had moved some files
    (folder / ".next" / "tawk" / "chats.parquet").replace(folder / "tawk" / "chats.parquet")
    assert load_world(folder) == load_world(advanced)
    assert files(folder) == files(advanced)


def test_another_age_leaves_no_month_of_the_former_world(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(made, folder)
    world.generate(folder, customers=50, months=2, seed=1, until=UNTIL)
    months = sorted(path.stem for path in (folder / "mixpanel").glob("events-*"))
    assert months == ["events-2026-01", "events-2026-02", "events-2026-03"]


def test_a_folder_of_files_is_kept_in_step_with_the_world(made: Path, advanced: Path) -> None:
    for folder in (made, advanced):
        shown = {name for (name,) in rows(f"select file from {table(folder, 'ga4/shards')}")}
        assert {path.name for path in (folder / "ga4" / "export").iterdir()} == shown
    gone = {path.name for path in (made / "ga4" / "export").iterdir()} - shown
    assert gone
    assert all("intraday" in name for name in gone)
    # what is the same as before was not written again; the copy of the folder kept the times
    times = [
        (made / "ga4/export" / path.name).stat().st_mtime_ns == path.stat().st_mtime_ns
        for path in sorted((advanced / "ga4" / "export").iterdir())
        if (made / "ga4/export" / path.name).exists()
    ]
    assert times.count(True) > 50
    assert times.count(False) < 6


def test_the_note_says_which_world_it_is(made: Path, seed: int) -> None:
    note = json.loads((made / "world.json").read_text())
    assert (note["seed"], note["until"]) == (seed, UNTIL.isoformat())
    assert load_world(made).start == date(2025, 9, 9)
