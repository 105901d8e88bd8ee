"""Bookings as they are published against what the simulated company's calendar shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.proof.conftest import World

NOW_MS = "epoch_ms(timestamptz '2026-06-01 00:00:00+00')"


def test_every_booked_session_is_there_once_with_what_became_of_it(world: World) -> None:
    calendar = world.company.home / "sandbox" / "calendly"
    host = "https://api.calendly.com/scheduled_events/"
    rows = world.ask(
        f"""
        with told as (
            select
                '{host}' || event_id || '/invitees/' || invitees.id as record_id,
                '{host}' || new_event_id || '/invitees/' || new_id as moved_to,
                case
                    when new_id is not null then 'moved'
                    when invitees.status = 'canceled' then 'cancelled'
                    when no_show_ms is not null then 'no_show'
                    when ends_ms < {NOW_MS} then 'held'
                    else 'booked'
                end as status,
                make_timestamptz(starts_ms * 1000) as starts_at,
            from read_parquet('{calendar}/invitees.parquet') as invitees
            inner join read_parquet('{calendar}/scheduled_events.parquet') as events
                on invitees.event_id = events.id
        ),
        published as (
            select bookings.source_record_id as record_id, later.source_record_id as moved_to,
                bookings.status, bookings.starts_at
            from marts.fct_bookings as bookings
            left join marts.fct_bookings as later
                on bookings.moved_to_booking_id = later.booking_id
            where bookings.source = 'calendly'
        )
        select 'missing', * from (from told except all from published)
        union all select 'too many', * from (from published except all from told)
        """
    )
    assert rows == [], f"--seed {world.company.seed}"
    found = world.ask("select count(distinct status) from marts.fct_bookings")
    assert found[0][0] >= 3


def test_a_booking_that_only_a_tag_tells_of_is_there_once(world: World) -> None:
    folder = world.company.home / "sandbox" / "activecampaign"
    rows = world.ask(
        f"""
        with told as (
            select 'tag:' || given.id as record_id,
                make_timestamptz(given.created_s * 1000000) as booked_at
            from read_parquet('{folder}/contact_tags.parquet') as given
            inner join read_parquet('{folder}/tags.parquet') as tags on tags.id = tag_id
            where tag = 'call-booked'
        ),
        -- so near to what a calendar or the tag manager tells that it may be the same
        doubtful as (
            select record_id from told inner join marts.fct_bookings as bookings
                on bookings.source in ('calendly', 'ga4')
                and abs(epoch(bookings.booked_at) - epoch(told.booked_at)) <= 900
        ),
        published as (
            select source_record_id as record_id, booked_at
            from marts.fct_bookings where source = 'activecampaign'
        )
        select 'missing', * from (from told except all from published)
        where record_id not in (from doubtful)
        union all select 'too many', * from (from published except all from told)
        """
    )
    assert rows == [], f"--seed {world.company.seed}"
    found = world.ask("select count(*) from marts.fct_bookings where source = 'activecampaign'")
    assert found[0][0] > 0


def test_a_booking_that_the_product_reports_is_one_touchpoint(world: World) -> None:
    (row,) = world.ask(
        """
        select
            (select count(*) from marts.fct_bookings where source = 'mixpanel'),
            (select count(*) from marts.fct_touchpoints
             where touchpoint in ('onboarding_session_booked', 'session_booked')
                and source = 'mixpanel')
        """
    )
    assert row[0] == row[1]
