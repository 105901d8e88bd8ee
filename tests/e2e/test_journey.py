"""A business user's way through the pages, in a browser, on a company whose truth is known."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.e2e.conftest import DASHBOARDS, open_page, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.conftest import Company

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Known:
    """What the truth says of one person and of the company."""

    email: str
    account_name: str
    conversations: int
    devices: int
    account_mrr_cents: int
    month: str
    company_mrr_cents: int


def ask(company: Company, query: str) -> dict[str, object]:
    """Return the first row of a query; ``{truth}`` stands for the folder of the truth."""
    with closing(duckdb.connect()) as connection:
        answer = connection.execute(query.format(truth=company.home / "sandbox"))
        names = [column[0] for column in answer.description or ()]
        row = answer.fetchone()
    assert row, f"--seed {company.seed}: the world has nobody to look for"
    return dict(zip(names, row, strict=True))


@pytest.fixture(scope="module")
def known(company: Company) -> Known:
    """Choose somebody of a paying account who wrote, and whose identifiers all hang together."""
    person = ask(
        company,
        """
        with persons as (
            from '{truth}/truth_persons.parquet'
            where kind = 'member' and not has_shared_device and not has_typo
        ),

        identifiers as (
            from '{truth}/truth_identifiers.parquet'
            where person_id is not null and not is_junk
        ),

        components as (
            select person_id, any_value(component_id) as component_id
            from identifiers
            group by person_id
            having count(distinct component_id) = 1 and not bool_or(is_shared)
        ),

        talks as (
            select component_id, count(*) as conversations
            from '{truth}/truth_conversations.parquet'
            where not is_deleted and is_begun_by_customer and component_id is not null
            group by all
        ),

        latest as (
            from '{truth}/truth_mrr.parquet'
            where month = (select max(month) from '{truth}/truth_mrr.parquet')
        )

        select
            (
                select min(value)
                from identifiers
                where identifiers.person_id = persons.person_id and identifier_type = 'email'
            ) as email,
            accounts.name as account_name,
            talks.conversations,
            (
                select count(*)
                from identifiers
                where identifiers.person_id = persons.person_id and identifier_type = 'device_id'
            ) as devices,
            latest.mrr_cents as account_mrr_cents
        from persons
        inner join components on persons.person_id = components.person_id
        inner join talks on components.component_id = talks.component_id
        inner join '{truth}/truth_accounts.parquet' as accounts
            on persons.account_id = accounts.account_id
        inner join latest on accounts.account_id = latest.account_id
        where latest.mrr_cents > 0 and email like '%@' || accounts.domain
        order by devices desc, talks.conversations desc, email
        limit 1
        """,
    )
    # the world's today is the first of a month, so that the newest month is over
    revenue = ask(
        company,
        """
        select month, cast(sum(mrr_cents) as bigint) as company_mrr_cents
        from '{truth}/truth_mrr.parquet'
        group by month
        order by month desc
        """,
    )
    return Known(**person, **revenue)  # type: ignore[arg-type] - the queries name the fields


@pytest.fixture(scope="module")
def address(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the pages of the company and return where."""
    log = tmp_path_factory.mktemp("dashboards") / "streamlit.log"
    with served(DASHBOARDS, company.environment, log) as url:
        yield url


def figure(page: Page, label: str) -> Locator:
    """Return a figure by its label."""
    card = page.get_by_test_id("stMetric").filter(has_text=label).first
    return card.get_by_test_id("stMetricValue")


def test_somebody_is_found_by_e_mail_and_shows_what_is_true(
    address: str, browser: Browser, known: Known
) -> None:
    # each expectation waits: while a page is being built, parts of the one before still stand
    from playwright.sync_api import expect

    page = open_page(browser, address)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(figure(page, "Monthly recurring revenue")).to_have_text(
        f"€{known.company_mrr_cents / 100:,.0f}"
    )

    page.get_by_role("link", name="Customer").click()
    field = page.get_by_test_id("stTextInput").locator("input")
    field.fill(known.email)
    field.press("Enter")
    results = page.locator('[class*="st-key-open-"]')
    expect(results).to_have_count(1)
    expect(page.get_by_text(f"E-mail: {known.email}", exact=True)).to_be_visible()
    results.get_by_role("button").first.click()

    expect(figure(page, "Conversations")).to_have_text(str(known.conversations))
    expect(figure(page, "MRR of the account")).to_have_text(
        f"€{known.account_mrr_cents / 100:,.2f}"
    )
    expect(page.get_by_text(known.account_name, exact=True).first).to_be_visible()

    page.get_by_role("radio", name="Identity").click()
    kinds = page.get_by_test_id("stTable").first.locator("tbody tr td:first-child")
    expect(kinds.filter(has_text=re.compile("^Device$"))).to_have_count(known.devices)

    # whoever is sent the address sees the same person in the same view
    colleague = open_page(browser, page.url)
    expect(colleague.get_by_role("heading", name="Why these belong together")).to_be_visible()
    expect(figure(colleague, "Conversations")).to_have_text(str(known.conversations))


def test_back_keeps_the_language_and_the_filters_that_were_chosen(
    address: str, browser: Browser
) -> None:
    from playwright.sync_api import expect

    page = open_page(browser, address, "de-DE")
    expect(page.get_by_role("heading", name="Überblick")).to_be_visible()
    page.get_by_role("radio", name="24 Monate").click()
    page.wait_for_url(re.compile("trend=24"))

    page.get_by_role("link", name="Bindung").click()
    expect(page.get_by_role("heading", name="Bindung", exact=True)).to_be_visible()
    page.go_back()

    expect(page.get_by_role("heading", name="Überblick")).to_be_visible()
    expect(page.get_by_role("radio", name="24 Monate")).to_be_checked()


def test_a_link_opens_the_same_view_in_another_language(address: str, browser: Browser) -> None:
    from playwright.sync_api import expect

    sent = open_page(browser, address, "de-DE")
    sent.get_by_role("radio", name="24 Monate").click()
    sent.wait_for_url(re.compile("trend=24"))
    sent.get_by_role("radio", name="Vorjahresmonat").click()
    sent.wait_for_url(re.compile("compare=year"))

    page = open_page(browser, sent.url)

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("radio", name="24 months")).to_be_checked()
    assert {"trend=24", "compare=year"} == set(page.url.split("?")[1].split("&"))
