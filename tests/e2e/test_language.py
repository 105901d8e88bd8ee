"""The language of the pages over links, clicks, Back, Forward and reload, in a browser.

Nothing is published: each page still has its title, which tells its language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards import i18n
from dashboards.pages import PAGES
from tests.conftest import clean_environment
from tests.e2e.conftest import DASHBOARDS, open_page, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from dashboards.pages import Page as Entry

pytestmark = pytest.mark.browser

LOCALES = {"de": "de-DE", "en": "en-GB"}
OTHER = {"de": "en", "en": "de"}
HEALTH, JOURNEY, RETENTION = (
    next(page for page in PAGES if page.name == name)
    for name in ("data_health", "journey", "retention")
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the dashboards of a data folder where nothing was ever loaded."""
    folder = tmp_path_factory.mktemp("empty")
    environment = clean_environment(folder / "home")
    with served(DASHBOARDS, environment, folder / "streamlit.log") as url:
        yield url


def follow(page: Page, to: Entry) -> None:
    """Click a page's link in the navigation."""
    page.locator(f'[data-testid=stSidebarNavLink][href$="/{to.url_path}"]').click()


def choose(page: Page, language: str) -> None:
    """Click a language on the switch."""
    page.get_by_role("radio", name=language, exact=True).click()


def shows(page: Page, which: Entry, language: str, query: str) -> None:
    """Expect a page in a language, and the rest of its address."""
    from playwright.sync_api import expect

    title = i18n.TEXTS[language][f"page.{which.name}"]
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name=language, exact=True)).to_be_checked()
    page.wait_for_url(lambda url: url.endswith(f"/{which.url_path}{query}"))


def arrive(browser: Browser, address: str, own: str) -> Page:
    """Open Data health in a browser of a language, by an address that names none."""
    page = open_page(browser, f"{address}/{HEALTH.url_path}", LOCALES[own])
    shows(page, HEALTH, own, "")
    return page


@pytest.mark.parametrize("own", LOCALES)
def test_an_address_without_a_language_stays_in_that_of_the_browser(
    address: str, browser: Browser, own: str
) -> None:
    page = arrive(browser, address, own)
    entries = page.evaluate("history.length")

    follow(page, JOURNEY)
    shows(page, JOURNEY, own, "")
    page.go_back()
    shows(page, HEALTH, own, "")
    page.go_forward()
    shows(page, JOURNEY, own, "")
    page.go_back()
    page.reload()
    shows(page, HEALTH, own, "")
    # one entry for the second page: the first Back leaves it
    assert page.evaluate("history.length") == entries + 1


@pytest.mark.parametrize("own", LOCALES)
def test_a_language_that_was_clicked_stays_over_back_forward_and_reload(
    address: str, browser: Browser, own: str
) -> None:
    chosen = OTHER[own]
    page = arrive(browser, address, own)
    follow(page, JOURNEY)
    shows(page, JOURNEY, own, "")
    choose(page, chosen)
    shows(page, JOURNEY, chosen, f"?lang={chosen}")
    follow(page, RETENTION)
    shows(page, RETENTION, chosen, f"?lang={chosen}")

    page.go_back()
    shows(page, JOURNEY, chosen, f"?lang={chosen}")
    # this entry was made before the click, and names no language
    page.go_back()
    shows(page, HEALTH, chosen, f"?lang={chosen}")
    page.go_forward()
    shows(page, JOURNEY, chosen, f"?lang={chosen}")
    page.reload()
    shows(page, JOURNEY, chosen, f"?lang={chosen}")
    page.go_forward()
    shows(page, RETENTION, chosen, f"?lang={chosen}")


@pytest.mark.parametrize("own", LOCALES)
def test_back_onto_an_address_of_the_other_language_keeps_the_last_click(
    address: str, browser: Browser, own: str
) -> None:
    page = arrive(browser, address, own)
    choose(page, OTHER[own])
    shows(page, HEALTH, OTHER[own], f"?lang={OTHER[own]}")
    follow(page, JOURNEY)
    shows(page, JOURNEY, OTHER[own], f"?lang={OTHER[own]}")
    choose(page, own)
    shows(page, JOURNEY, own, "")

    page.go_back()
    shows(page, HEALTH, own, "")
    page.go_forward()
    shows(page, JOURNEY, own, "")


@pytest.mark.parametrize("own", LOCALES)
def test_a_link_opens_in_its_language_and_stays_in_it(
    address: str, browser: Browser, own: str
) -> None:
    link = f"?lang={OTHER[own]}"
    page = open_page(browser, f"{address}/{HEALTH.url_path}{link}", LOCALES[own])
    shows(page, HEALTH, OTHER[own], link)
    follow(page, JOURNEY)
    shows(page, JOURNEY, OTHER[own], link)
    page.go_back()
    shows(page, HEALTH, OTHER[own], link)
    page.reload()
    shows(page, HEALTH, OTHER[own], link)
    choose(page, own)
    shows(page, HEALTH, own, "")
    page.reload()
    shows(page, HEALTH, own, "")


@pytest.mark.parametrize("own", LOCALES)
def test_a_link_in_the_language_of_the_browser_loses_only_its_name(
    address: str, browser: Browser, own: str
) -> None:
    page = open_page(browser, f"{address}/{HEALTH.url_path}?lang={own}", LOCALES[own])
    shows(page, HEALTH, own, "")
    follow(page, JOURNEY)
    shows(page, JOURNEY, own, "")
    page.go_back()
    shows(page, HEALTH, own, "")


def test_a_browser_of_neither_language_is_shown_english(address: str, browser: Browser) -> None:
    page = open_page(browser, f"{address}/{HEALTH.url_path}", "fr-FR")
    shows(page, HEALTH, "en", "")
