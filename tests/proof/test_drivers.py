"""What affects retention, on a whole company: nothing planted is turned around, and counts are the truth's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proof.conftest import World

PLANTED = ("has_booked_onboarding", "first_response_minutes", "slow_page_rate")


@pytest.mark.parametrize("feature", PLANTED)
def test_what_is_planted_to_keep_accounts_is_not_said_to_drive_them_away(
    world: World, feature: str
) -> None:
    ((status, high, lacking),) = world.ask(
        f"""
        select status, effect_high, missing_count from marts.fct_retention_drivers
        where feature = '{feature}' and segment_kind = 'all'
        """
    )

    if status == "too_few":
        assert lacking > 0
    else:
        assert status in ("found", "not_found")
        assert high > 0


def test_a_refusal_lacks_what_it_says_and_an_answer_lacks_nothing(world: World) -> None:
    found = world.ask(
        """
        with sides as (
            select
                has_booked_onboarding as good, is_retained as stayed,
                count(distinct account_id) as accounts
            from marts.fct_retention_features
            where is_retained is not null and has_booked_onboarding is not null
            group by all
        )

        select
            coalesce(min(accounts), 0) * (count(*) = 4)::int,
            any_value(missing_count)
        from sides, marts.fct_retention_drivers as said
        where said.feature = 'has_booked_onboarding' and said.segment_kind = 'all'
        """
    )
    ((smallest, lacking),) = found

    assert lacking == (10 - smallest if smallest < 10 else None)


def test_every_account_behind_a_finding_pays_today(world: World) -> None:
    wrong = world.ask(
        """
        select behind.account_id
        from marts.bridge_retention_driver_accounts as behind
        left join marts.dim_accounts as accounts on behind.account_id = accounts.account_id
        where accounts.is_paying is not true
        """
    )

    assert wrong == []


def test_as_many_accounts_stand_behind_a_finding_as_it_says(world: World) -> None:
    differing = world.ask(
        """
        select said.retention_driver_id
        from marts.fct_retention_drivers as said
        left join marts.bridge_retention_driver_accounts as behind
            on said.retention_driver_id = behind.retention_driver_id
        where said.segment_kind = 'all'
        group by said.retention_driver_id, said.reach_account_count
        having count(behind.account_id) != coalesce(said.reach_account_count, 0)
        """
    )

    assert differing == []


def test_who_leaves_between_two_looks_is_who_the_company_lost(world: World) -> None:
    """Each first departure after the first look is counted once, unless its horizon is not over."""
    ((counted,),) = world.ask(
        "select count(*) from marts.fct_retention_features where not is_retained"
    )
    ((lost,),) = world.ask("select count(*) from truth_accounts where churned_s is not null")

    # returns add departures, early ones and open horizons are left out
    assert counted <= 2 * lost + 1
    assert counted > 0 or lost < 10
