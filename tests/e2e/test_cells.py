"""A cell of the map of channels and steps opens what is behind it, and Back, reload and a link keep it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import clean_environment
from tests.dashboards import worked_example
from tests.dashboards.test_steps_page import SATISFIED, slices
from tests.dashboards.warehouse_fixture import publish
from tests.e2e.conftest import DASHBOARDS, open_page, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

# of the grid, in pixels: from its top to the middle of the first row, and into its first column
FIRST_ROW, FIRST_COLUMN = 35 + 17, 150


@pytest.fixture
def address(kette_home: Path, tmp_path: Path) -> Iterator[str]:
    """Serve the dashboards with shares of two channels at one step, and one at another."""
    figures = slices("step_csat_rate", "05", SATISFIED | {("website", "inform"): (2, 9)})
    known = worked_example.rows() | {"metrics.mtr_steps_monthly": figures}
    publish(known, as_of=worked_example.AS_OF)
    with served(DASHBOARDS, clean_environment(kette_home), tmp_path / "streamlit.log") as url:
        yield url


def test_a_click_on_a_cell_stands_in_the_address_until_back(address: str, browser: Browser) -> None:
    from playwright.sync_api import expect

    page = open_page(browser, f"{address}/channel-steps?metric=step_csat_rate")
    grid = page.get_by_test_id("stDataFrame").first
    expect(grid).to_be_visible()
    behind = page.get_by_role("heading", name="Website · Inform")
    box = grid.locator("canvas").first.bounding_box()
    assert box
    # a layer above the grid takes the clicks
    page.mouse.click(box["x"] + FIRST_COLUMN, box["y"] + FIRST_ROW)
    expect(behind).to_be_visible()
    expect(page).to_have_url(re.compile("cell=website~inform"))
    page.reload()
    expect(behind).to_be_visible()
    page.go_back()
    expect(behind).not_to_be_visible()
    expect(page.get_by_text("Click a cell")).to_be_visible()
