"""What the web analytics adds to the publication against what the simulated property received."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.proof.conftest import World

KNOWN = "consent is distinct from 'No'"


def events(world: World) -> str:
    return f"read_parquet('{world.company.home}/sandbox/ga4/events.parquet')"


def test_visits_that_only_the_web_analytics_sees_are_there_once(world: World) -> None:
    wrong = world.ask(
        f"""
        with received as (
            select min(time_us) as time_us, any_value(campaign) as campaign from {events(world)}
            where {KNOWN} and host like 'ratgeber.%' group by cookie, session_id
        ),
        published as (
            select epoch_us(occurred_at) as time_us, campaign from marts.fct_touchpoints
            where source = 'ga4' and touchpoint = 'site_visited'
        )
        (from received except all from published) union all (from published except all from received)
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"
    assert world.ask("select count(*) > 20 from marts.fct_touchpoints where source = 'ga4'") == [
        (True,)
    ]


def test_a_booking_that_two_systems_tell_of_is_one(world: World) -> None:
    (row,) = world.ask(
        f"""
        select
            (select count(*) from marts.fct_bookings where source = 'ga4'),
            (select count(*) from {events(world)} where {KNOWN}
                and event = 'booking_completed' and host like 'ratgeber.%'),
            (select count(*) from {events(world)} where {KNOWN}
                and event = 'booking_completed' and host not like 'ratgeber.%')
        """
    )
    published, alone, embedded = row
    assert published == alone, f"--seed {world.company.seed}"
    assert embedded > 0


def test_whoever_did_not_consent_is_not_in_the_publication(world: World) -> None:
    rows = world.ask(
        f"""
        select
            (select count(*) from marts.bridge_customer_identifiers
                where identifier_type = 'cookie_id' and identifier_value not in (
                    select cookie from {events(world)} where {KNOWN} and cookie is not null)),
            (select count(*) from marts.fct_touchpoints
                where source = 'ga4' and customer_id is null),
            (select count(*) > 0 from {events(world)} where consent = 'No' and user_id is not null)
        """
    )
    assert rows == [(0, 0, True)], f"--seed {world.company.seed}"


def test_a_visit_before_the_sign_up_belongs_to_who_signed_up_later(world: World) -> None:
    wrong = world.ask(
        f"""
        with logins as (
            select distinct cookie, user_id from {events(world)}
            where {KNOWN} and user_id != 'undefined'
        )
        select logins.* from logins
        left join marts.bridge_customer_identifiers as cookies
            on cookies.identifier_type = 'cookie_id' and cookies.identifier_value = cookie
        left join marts.bridge_customer_identifiers as users
            on users.identifier_type = 'user_id' and users.identifier_value = logins.user_id
        where cookies.customer_id is distinct from users.customer_id
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"
