"""Proposals: whom they name, what is not proposed again, and that nothing is joined by them."""

from __future__ import annotations

import random
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from ingestion.control import decisions, store
from ingestion.control.decisions import Identifier, pair_of
from ingestion.sandbox.company.names import COMPANY_TRADES, COMPANY_WORDS, COUNTRIES, plain
from orchestration.cli import app
from orchestration.identity_review import proposals
from tests.dashboards.warehouse_fixture import publish
from tests.orchestration.identity_review.conftest import known

if TYPE_CHECKING:
    from collections.abc import Sequence

pytest.importorskip("splink")
AS_OF = date(2026, 6, 1)
PRIVATE = Identifier("email", "global", "a.zoellner@gmx.example")
WORK = Identifier("email", "global", "annika.zoellner@seeblick.example")
CONTACT = Identifier("crm_contact_id", "hubspot", "77")


def person(customer_id: str, name: str, email: str | None, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "full_name": name, "email": email, "is_internal": False, **more,
    }  # fmt: skip


def company(account_id: str, name: str, domain: str | None, city: str = "Kiel") -> dict[str, Any]:
    return {"account_id": account_id, "account_name": name, "domain": domain, "city": city,
            "is_internal": False}  # fmt: skip


GIVEN = (
    "Mia", "Jonas", "Lena", "Paul", "Emma", "Noah", "Ida", "Ben", "Lea", "Finn", "Greta", "Oskar",
    "Hanna", "Theo", "Clara", "Anton", "Frida", "Emil", "Marlene", "Karl",
)  # fmt: skip
SURNAMES = (
    "Kern", "Berg", "Voss", "Lang", "Haas", "Wolf", "Horn", "Frei", "Beck", "Ott", "Maurer", "Thiel",
    "Pohl", "Jung", "Sauer", "Vogt", "Winter", "Kuhn", "Engel", "Busch", "Arndt", "Pfeiffer", "Lutz",
    "Dietz", "Barth", "Heinz", "Rau", "Seidel", "Brandt", "Graf",
)  # fmt: skip
FIRMS = (
    "Hafenbäckerei", "Optik Sonnenschein", "Dachdecker Nord", "Zahnarzt am Markt", "Buchladen Eule",
    "Fahrradhaus", "Gärtnerei Klee", "Kanzlei Turm", "Malerbetrieb Blau", "Tischlerei Eiche",
    "Reinigung Weiss", "Apotheke Rose", "Hotel Krone", "Metzgerei Huber", "Autohaus Stern",
)  # fmt: skip
FIRMS_AND_A_DOUBLE = [
    *(
        company(f"a{number}", name, f"{name[:3].lower()}{number}.example", f"Ort {number % 5}")
        for number, name in enumerate(FIRMS)
    ),
    company("a_one", "Seeblick Gastro GmbH", "seeblick-gastro.example"),
    company("a_two", "Seeblick-Gastro", None),
]
CROWD = [
    person(f"c{number}", f"{GIVEN[number % 20]} {name}", f"{name.lower()}@f{number}.example")
    for number, name in enumerate(SURNAMES)
]
ANNIKA = [
    person("c_private", "Zöllner, Annika", PRIVATE.value, city="Kiel", company_name="Seeblick"),
    person("c_work", "Dr. Annika Zoellner", WORK.value, city="KIEL", company_name="Seeblick GmbH"),
]


def published(
    *more: dict[str, Any],
    annika: list[dict[str, Any]] | None = None,
    shared: Sequence[str] = (),
    firms: Sequence[dict[str, Any]] = FIRMS_AND_A_DOUBLE,
) -> None:
    persons = [*CROWD, *(ANNIKA if annika is None else annika), *more]
    identifiers = [
        known(row["customer_id"], Identifier("email", "global", row["email"]))
        | {"is_shared": row["email"] in shared}
        for row in persons
        if row["email"]
    ]
    identifiers.append(known("c_work", CONTACT))
    publish(
        {
            "marts.dim_customers": persons,
            "marts.bridge_customer_identifiers": identifiers,
            "marts.dim_accounts": firms,
            "marts.bridge_account_identifiers": [
                {
                    "account_id": row["account_id"], "identifier_type": "crm_company_id",
                    "identifier_namespace": "hubspot", "identifier_value": row["account_id"],
                }
                for row in firms
            ],
        },
        as_of=AS_OF,
    )  # fmt: skip


def waiting() -> list[tuple[Identifier, Identifier]]:
    return [pair_of(row) for row in store.open_proposals()]


def test_two_of_one_person_are_proposed_by_what_people_know_them_by(kette_home: object) -> None:
    published()
    found = proposals.propose("person")
    assert (found.records, found.proposed, found.withdrawn) == (32, 1, 0)
    assert waiting() == [(PRIVATE, WORK)]
    (row,) = store.open_proposals()
    # "Zöllner, Annika" is "Dr. Annika Zoellner", and Seeblick is Seeblick GmbH
    assert {
        row["agreement"][name] for name in ("given_name", "surname", "company_name", "city")
    } == {"same"}
    assert decisions.effective() == []


def test_nobody_is_proposed_by_a_mailbox_that_several_people_read(kette_home: object) -> None:
    office = Identifier("email", "global", "a.info@seeblick.example")
    annika = [ANNIKA[0], {**ANNIKA[1], "email": office.value}]
    published(annika=annika, shared=[office.value])
    proposals.propose("person")
    assert waiting() == [(CONTACT, PRIVATE)]


def test_companies_are_compared_without_what_the_law_adds(kette_home: object) -> None:
    published()
    assert proposals.propose("account").proposed == 1
    ((one, other),) = waiting()
    assert {one.value, other.value} == {"a_one", "a_two"}


@pytest.mark.parametrize(("count", "doubles"), [(55, 2), (400, 40), (1_200, 60)])
def test_companies_that_crm_and_billing_both_know_are_found_by_name_and_city(
    count: int, doubles: int, request: pytest.FixtureRequest, kette_home: object
) -> None:
    """Firms are named as the simulated company's customers are; some of them are two records."""
    chosen = request.config.getoption("seed")
    seed = secrets.randbelow(100_000) if chosen is None else chosen
    chance = random.Random(seed)
    combined = [f"{word}{trade.lower()}" for word in COMPANY_WORDS for trade in COMPANY_TRADES]
    cities = [city for country in COUNTRIES for city in country.cities[:2]]
    firms, twins = [], set()
    for number, name in enumerate(chance.sample(combined, count)):
        # half of them are in one town
        city = "Hamburg" if chance.random() < 0.5 else chance.choice(cities)
        has_domain = number >= doubles and chance.random() < 0.8
        firms.append(
            company(
                f"a{number}", f"{name} {chance.choice(('GmbH', 'KG', ''))}",
                f"{plain(name)}.example" if has_domain else None, city,
            )
        )  # fmt: skip
        if number < doubles:
            firms.append(company(f"b{number}", f"{name} {chance.choice(('GmbH', ''))}", None, city))
            twins.add(frozenset((f"a{number}", f"b{number}")))
    published(firms=firms)

    proposals.propose("account")

    found = {frozenset((one.value, other.value)) for one, other in waiting()}
    told = f"--seed {seed}: {sorted(map(sorted, found ^ twins))}"
    assert len(found & twins) >= 0.95 * len(twins), told
    assert len(found - twins) <= 0.1 * len(found), told


def test_a_name_that_two_towns_have_is_no_proposal(kette_home: object) -> None:
    firms = [
        *(company(f"a{number}", name, None, f"Ort {number}") for number, name in enumerate(FIRMS)),
        company("a_one", "Löwen-Apotheke", None, "Kiel"),
        company("a_two", "Löwen-Apotheke e.K.", None, "Graz"),
    ]
    published(firms=firms)
    assert proposals.propose("account").proposed == 0


@pytest.mark.parametrize("action", ["join", "cut", "reject"])
def test_what_was_decided_is_not_proposed_again_by_whatever_identifier(
    action: str, kette_home: object
) -> None:
    published()
    decisions.decide(action, PRIVATE, CONTACT, why="we asked her", by="lena")
    assert proposals.propose("person").proposed == 0


def test_a_decision_that_is_taken_back_lets_it_be_proposed_again(kette_home: object) -> None:
    published()
    decisions.decide("reject", PRIVATE, WORK, why="no", by="lena")
    decisions.decide("revoke", PRIVATE, WORK, why="perhaps after all", by="lena")
    assert proposals.propose("person").proposed == 1


def test_a_proposal_stays_the_same_one_and_goes_when_it_holds_no_more(kette_home: object) -> None:
    published()
    proposals.propose("person")
    (first,) = store.open_proposals()
    proposals.propose("person")
    (again,) = store.open_proposals()
    assert again["proposed_at"] == first["proposed_at"]
    published(annika=ANNIKA[:1])
    assert proposals.propose("person").withdrawn == 1
    assert waiting() == []


def test_looking_for_companies_leaves_the_proposals_of_persons(kette_home: object) -> None:
    published()
    proposals.propose("person")
    proposals.propose("account")
    assert len(waiting()) == 2


def test_staff_and_test_users_are_left_out(kette_home: object) -> None:
    published(annika=[{**row, "is_internal": True} for row in ANNIKA])
    assert proposals.propose("person").proposed == 0


def test_how_often_proposals_were_right_is_counted_from_the_decisions(kette_home: object) -> None:
    published()
    assert store.reviewed_proposals() == (0, 0)
    proposals.propose("person")
    decisions.decide("join", PRIVATE, WORK, why="she said so", by="lena")
    assert store.reviewed_proposals() == (1, 0)
    decisions.decide("reject", WORK, PRIVATE, why="it was her sister", by="lena")
    assert store.reviewed_proposals() == (0, 1)
    # what nobody had proposed says nothing about proposals
    decisions.decide("join", CONTACT, PRIVATE, why="by the way", by="lena")
    assert store.reviewed_proposals() == (0, 1)


def test_the_commands_propose_list_and_settle(kette_home: object) -> None:
    published()
    runner = CliRunner()
    result = runner.invoke(app, ["identity", "propose"])
    assert result.exit_code == 0, result.output
    assert "32 persons compared: 1 proposed" in result.output
    assert "17 companies compared: 1 proposed" in result.output
    accepted = runner.invoke(
        app, ["identity", "join", str(PRIVATE), str(WORK), "--why", "she said so"]
    )
    assert accepted.exit_code == 0, accepted.output
    listed = runner.invoke(app, ["identity", "proposals"])
    assert "a_one" in listed.output
    assert "gmx" not in listed.output
