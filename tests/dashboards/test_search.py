"""People are found as readers type them: in any order, with either umlaut, with a slip, with the company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards.queries import people
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import AS_OF, person

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "mueller": ("Jörg Müller", "soest"),
    "muller": ("Anna Mueller", "nord"),
    "strauss": ("Karl-Heinz Strauß", "nord"),
    "gross": ("Ines Grossmann", "soest"),
    "rene": ("René Dupont", None),
    "christina": ("Christina Aufderheide", "nord"),
}


@pytest.fixture
def path(kette_home: Path) -> str:
    """Publish people with names that are written in several ways."""
    rows = {
        "marts.dim_accounts": [
            {"account_id": "soest", "account_name": "Bäckerei Soest GmbH"},
            {"account_id": "nord", "account_name": "Nordlicht AG"},
        ],
        "marts.dim_customers": [
            person(number, name, f"{number}@x.example", account_id=account)
            for number, (name, account) in NAMES.items()
        ],
    }
    return str(publish(rows, as_of=AS_OF))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Müller Jörg", ["mueller"]),
        ("joerg mueller", ["mueller"]),
        ("Muller", ["mueller", "muller"]),
        ("STRAUSS karl-heinz", ["strauss"]),
        ("Strauß", ["strauss"]),
        ("großmann", ["gross"]),
        ("rene", ["rene"]),
        # a part of the name with a part of the company
        ("müll baeck", ["mueller"]),
        ("nordlicht aufder", ["christina"]),
        ("Müller, Nordlicht", ["muller"]),
        # one slip in four letters or more, two in eight or more
        ("Muelelr Joerg", ["mueller"]),
        ("Duponnt", ["rene"]),
        ("christna aufderhiede", ["christina"]),
        ("krstina aufderheide", []),
        ("rnee x", []),
        ("müller 'or' 1=1", []),
    ],
)
def test_people_are_found_as_they_are_typed(path: str, typed: str, found: list[str]) -> None:
    assert sorted(row["customer_id"] for row in people.search(path, typed)) == found


def test_a_list_says_by_what_each_was_found(path: str) -> None:
    def by(typed: str) -> list[str]:
        return [row["found_by"] for row in people.search(path, typed)]

    assert by("jörg") == ["name"]
    assert by("bäckerei") == ["account", "account"]
    assert by("jörg bäckerei") == ["words"]
    assert by("jrög bäckerei") == ["similar"]


def test_nothing_typed_finds_nobody(path: str) -> None:
    assert people.search(path, " ,, ") == []
