"""Each metric counted again from its own words, by a query of its own over the published marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proof.in_words import QUERIES

if TYPE_CHECKING:
    from tests.proof.conftest import World

# conversations are held against the truth, phases against worked examples of their rules
ELSEWHERE = {
    "phase_conversion_rate",
    "conversations",
    "missed_chat_rate",
    "bot_solved_chat_rate",
    "first_response_seconds_mean",
    *(
        f"{kind}{moment}_seconds_median"
        for kind in ("", "chat_", "ticket_")
        for moment in ("first_response", "resolution")
    ),
}


def test_every_metric_of_the_catalogue_is_counted_again(world: World) -> None:
    catalogue = {name for (name,) in world.ask("select metric from catalogue.metrics")}

    assert set(QUERIES) == catalogue - ELSEWHERE


@pytest.mark.parametrize("metric", QUERIES)
def test_a_metric_is_what_its_words_say(world: World, metric: str) -> None:
    ((model,),) = world.ask(f"select source_model from catalogue.metrics where metric = '{metric}'")
    published = world.ask(
        f"""
        select period_start, round(numerator, 4), round(denominator, 4)
        from metrics.{model}
        where
            metric = '{metric}' and channel = 'all' and persona = 'all'
            and (journey_step = 'all' or {model == "mtr_support_monthly"})
            and (journey_phase = 'all' or {model == "mtr_retention_monthly"})
            and (numerator != 0 or coalesce(denominator, 0) != 0)
        order by period_start
        """
    )

    counted = world.ask(
        f"""
        select period_start, round(numerator::double, 4), round(denominator::double, 4)
        from ({QUERIES[metric]}) as counted(period_start, numerator, denominator)
        where numerator != 0 or coalesce(denominator, 0) != 0
        order by period_start
        """
    )

    # in a few hundred customers of a seed drawn anew nobody may have done what is rare
    assert published or world.is_small or metric == "ces_mean", f"{metric} has no figures"
    assert counted == published
