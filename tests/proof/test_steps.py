"""Each cell of channel, step and persona counted again from its words: none is missing, none too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proof.in_words.steps import CELLS

if TYPE_CHECKING:
    from tests.proof.conftest import World


@pytest.mark.parametrize("metric", CELLS)
def test_every_cell_is_what_its_words_say(world: World, metric: str) -> None:
    published = world.ask(
        f"""
        select
            period_start, channel, journey_step, persona,
            round(numerator, 4), round(denominator, 4)
        from metrics.mtr_monthly
        where
            metric = '{metric}' and channel != 'all' and journey_step != 'all'
            and journey_phase = 'all' and persona != 'all'
        order by all
        """
    )

    counted = world.ask(
        f"""
        select * replace (round(n::double, 4) as n, round(d::double, 4) as d)
        from ({CELLS[metric]}) as counted(period_start, channel, step, persona, n, d)
        order by all
        """
    )

    assert published or world.is_small, f"{metric} has no cell"
    assert counted == published
