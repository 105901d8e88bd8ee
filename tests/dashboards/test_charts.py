"""The places and marks of charts, where a wrong one hides something."""

from __future__ import annotations

import pytest

from dashboards.components import charts, month_charts, sankey

HEIGHT = 400


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.34, [0, 0.1, 0.2, 0.3]),
        (0.3, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        (0.055, [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (0.0, [0]),
    ],
)
def test_an_axis_of_shares_has_few_round_ticks_up_to_the_highest(
    highest: float, ticks: list[float]
) -> None:
    assert charts._ticks(highest) == ticks


def test_the_nodes_of_a_flow_keep_their_order_and_stay_within_the_picture() -> None:
    columns, orders = [0, 0, 0, 1, 1], [2, 0, 1, 0, 1]
    totals = [1, 100, 20, 60, 61]
    middles = sankey._heights(columns, orders, totals, HEIGHT)
    # the first column is the fuller one: 121 cases and two gaps fill its height
    scale = (HEIGHT - 2 * sankey.PAD) / 121
    assert middles[1] == pytest.approx(100 * scale / 2 / HEIGHT)
    assert middles[2] == pytest.approx((100 * scale + sankey.PAD + 20 * scale / 2) / HEIGHT)
    assert middles[0] == pytest.approx((HEIGHT - scale / 2) / HEIGHT, abs=0.001)
    assert middles[3] < middles[4] < 1


def test_a_legend_has_fewer_columns_the_longer_its_names_are() -> None:
    assert month_charts._columns(["new", "gone"]) == 4
    assert month_charts._columns(["Bezahlte soziale Medien", "E-Mail"]) == 2
    assert month_charts._columns(["x" * 80]) == 1
