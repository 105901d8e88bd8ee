"""What a phone shows of the pages: nothing that is to be chosen lies beside the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards import i18n
from dashboards.components import filters, sankey
from tests.conftest import clean_environment
from tests.dashboards import worked_example
from tests.dashboards.warehouse_fixture import publish
from tests.e2e.conftest import DASHBOARDS, open_page, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

WIDTH = 390
LOCALES = {"de": "de-DE", "en": "en-GB"}


@pytest.fixture
def address(kette_home: Path, tmp_path: Path) -> Iterator[str]:
    """Serve the dashboards with the worked example."""
    publish(worked_example.rows(), as_of=worked_example.AS_OF)
    with served(DASHBOARDS, clean_environment(kette_home), tmp_path / "streamlit.log") as url:
        yield url


def test_every_choice_of_the_period_lies_on_the_screen(address: str, browser: Browser) -> None:
    from playwright.sync_api import expect

    for language, locale in LOCALES.items():
        page = open_page(browser, f"{address}/journey-phases", locale, width=WIDTH)
        for code in filters.PERIODS:
            name = i18n.TEXTS[language][f"period.{code}"]
            choice = page.get_by_role("radio", name=name, exact=True)
            expect(choice).to_be_visible()
            box = choice.bounding_box()
            assert box, name
            # what lies beyond the edge of its row is cut off by it
            assert box["x"] + box["width"] < WIDTH - box["height"] / 2, f"{language}: {name}"


def test_the_flow_keeps_its_width_and_is_moved_within_its_frame(
    address: str, browser: Browser
) -> None:
    from playwright.sync_api import expect

    page = open_page(browser, f"{address}/journey-phases", "de-DE", width=WIDTH)
    frame = page.locator(f".st-key-{sankey.WIDE}")
    expect(frame.locator(".js-plotly-plot")).to_be_visible()
    # room for the names beside each of four columns of nodes and the outcomes
    assert frame.evaluate("place => place.scrollWidth") >= 5 * 150
    assert frame.evaluate("place => place.clientWidth") < WIDTH
    whole = page.locator('[data-testid="stMain"]')
    assert whole.evaluate("place => place.scrollWidth - place.clientWidth") == 0
