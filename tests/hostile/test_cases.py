"""Companies that once stopped every publication, as small as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain

# everything that the checks of people and accounts read
MODELS = ("fct_account_states", "fct_customer_states", "fct_unread_values", "fct_touchpoints")


def company(
    crm: str, contact: str, billing: str, website: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Return one company whose domain its CRM, a contact and the billing system write."""
    at = "2024-01-01T08:00:00Z"
    return {
        "chartmogul.customers": [
            {
                "uuid": "cus_1",
                "external_id": "ms-1",
                "payload": {
                    "name": "Müller & Söhne",
                    "email": billing,
                    "website_url": website,
                    "external_ids": ["ms-1", "ms-1"],
                    "currency": "EUR",
                },
            }
        ],
        "hubspot.companies": [
            {
                "id": "7001",
                "created_at": at,
                "updated_at": at,
                "properties": {"name": "Müller & Söhne", "domain": crm},
            }
        ],
        "hubspot.contacts": [
            {"id": "7101", "created_at": at, "updated_at": at, "properties": {"email": contact}}
        ],
    }


def accounts(chain: Chain) -> list[tuple[Any, ...]]:
    return chain.ask(
        "select domain, crm_company_id, billing_customer_ids, person_count from marts.dim_accounts"
    )


@pytest.mark.parametrize(
    ("crm", "contact", "billing"),
    [
        (
            "müller-söhne.example",
            "mia@müller-söhne.example",
            "rechnung@müller-söhne.example",
        ),
        (
            "xn--mller-shne-kcb9d.example",
            "mia@müller-söhne.example",
            "rechnung@xn--mller-shne-kcb9d.example",
        ),
        (
            "https://www.MÜLLER-SÖHNE.example./impressum",
            "Mia@xn--mller-shne-kcb9d.example",
            "rechnung@müller-söhne.example",
        ),
    ],
)
def test_a_company_with_an_umlaut_in_its_domain_is_one_account(
    crm: str, contact: str, billing: str
) -> None:
    chain = small_world(company(crm, contact, billing), today="2026-04-01", only=MODELS)

    # whoever reads the invoices is nobody yet
    assert accounts(chain) == [("müller-söhne.example", "7001", ["ms-1"], 1)]
    assert chain.failing() == {}


def test_a_person_of_whom_nothing_tells_a_date_is_there_without_one() -> None:
    seen = "2023-05-01T08:00:00Z"
    chain = small_world(
        {
            "mixpanel.engage_profiles": [
                {
                    "distinct_id": "u_da",
                    "properties": {
                        "$email": "da@firma-a.example",
                        "$created": "2026-01-01T08:00:00",
                    },
                },
                {
                    "distinct_id": "u_lange_her",
                    "last_seen_at": seen,
                    "properties": {"$email": "lange.her@firma-b.example"},
                },
            ]
        },
        today="2026-04-01",
        only=MODELS,
    )

    assert chain.ask(
        "select full_name is null, first_seen_at is null, count(*) from marts.dim_customers "
        "group by all order by all"
    ) == [(True, False, 1), (True, True, 1)]
    assert chain.ask("select domain, person_count from marts.dim_accounts order by all") == [
        ("firma-a.example", 1),
        ("firma-b.example", 1),
    ]
    assert chain.failing() == {}


def test_an_amount_of_sixteen_digits_is_a_note_and_no_end() -> None:
    event = {
        "event": "Purchase",
        "occurred_at": "2026-03-01T08:00:00Z",
        "distinct_id": "u_1",
        "export_date": "2026-03-01",
    }
    chain = small_world(
        {
            "mixpanel.export_events": [
                {
                    **event,
                    "event_key": "1",
                    "properties": {"$user_id": "u_1", "amount": 9007199254740993},
                },
                {**event, "event_key": "2", "properties": {"$user_id": "u_1", "amount": 12.5}},
            ]
        },
        today="2026-04-01",
        only=MODELS,
    )

    amounts = chain.ask("select value_amount from marts.fct_touchpoints order by 1 nulls first")
    assert [None if amount is None else float(amount) for (amount,) in amounts] == [None, 12.5]
    assert chain.ask(
        "select source, record, field, value_count, example from marts.fct_unread_values"
    ) == [("mixpanel", "events", "amount", 1, "9999999999999999")]
    assert chain.failing() == {}
