"""Trustmary's lists: bare arrays by offset, keys of any name, pages that repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import IncompleteAnswerError
from tests.ingestion.sources.trustmary.account import (
    Account,
    answer,
    contact,
    ids,
    moment,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ingestion.sources.emulator import Emulator, Reading


def test_a_list_is_read_until_the_empty_array(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.lists["/contacts"] = [contact(number) for number in range(1, 6)]
    assert ids(reading.rows("contacts")) == ["c1", "c2", "c3", "c4", "c5"]
    offsets = [request.params["offset"] for request in vendor.asked("/contacts")]
    assert offsets == ["0", "2", "4", "5"]


def test_a_list_that_knows_no_offset_ends_where_nothing_new_comes_and_is_not_taken_for_whole(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.knows_offset = False
    account.lists["/contacts"] = [contact(number) for number in range(1, 6)]
    reader = reading.reader("contacts")
    assert len(set(ids(reading.rows("contacts", reader)))) == 5
    assert len(vendor.asked("/contacts")) == 3
    # it may have shown its first page only: nobody counts as gone by it
    assert (reader.chapter.is_partial, "may not be whole" in str(reader.chapter.notes)) == (
        True, True,
    )  # fmt: skip


def test_the_same_page_twice_does_not_end_the_list(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    # rows were put in at the front while the list was read
    account.lists["/contacts"] = [contact(number) for number in (1, 2, 1, 2, 3)]
    assert set(ids(reading.rows("contacts"))) == {"c1", "c2", "c3"}


@pytest.mark.parametrize(
    "form",
    [
        lambda name: {"answer_id": name, **moment(1)},
        lambda name: {"id": name, **moment(1)},
        lambda name: {"answer": {"answer_id": name, **moment(1)}},
        lambda name: {"answer": {"id": name, **moment(1)}},
    ],
    ids=["answer_id", "id", "answer_id, wrapped", "id, wrapped"],
)
def test_answers_are_read_to_the_end_whatever_their_key_is_called(
    account: Account, reading: Reading, form: Callable[[str], dict[str, Any]]
) -> None:
    expected = [f"a{number}" for number in range(1, 12)]
    account.add_survey("s1", *map(form, expected))
    reading.rows("surveys")
    reader = reading.reader("answers")
    assert ids(reading.rows("answers", reader), "answer_id") == expected
    assert not reader.chapter.is_partial


def test_contacts_without_an_id_and_records_without_any_key_do_not_end_a_list(
    account: Account, reading: Reading
) -> None:
    account.lists["/contacts"] = [
        *({"email": f"p{number}@x.example", **moment(1)} for number in range(1, 9)),
        # nothing tells these apart but what they say; the gate refuses them
        *({"name": f"nobody {number}", **moment(1)} for number in range(8)),
        contact(9),
    ]
    assert [key for key in ids(reading.rows("contacts")) if key] == [
        *(f"p{number}@x.example" for number in range(1, 9)), "c9",
    ]  # fmt: skip


def test_a_list_the_api_does_not_have_is_noted_and_deletes_nothing(
    account: Account, reading: Reading
) -> None:
    del account.lists["/reviews"]
    reader = reading.reader("reviews", known=True)
    assert reading.rows("reviews", reader) == []
    assert (reader.chapter.is_partial, "no such list" in str(reader.chapter.notes)) == (True, True)


def test_answers_are_not_taken_for_gone_when_not_all_surveys_were_listed(
    account: Account, reading: Reading
) -> None:
    account.add_survey("s1", answer("a1"))
    account.knows_offset = False
    reading.rows("surveys")
    account.knows_offset = True
    reader = reading.reader("answers")
    assert ids(reading.rows("answers", reader), "answer_id") == ["a1"]
    assert reader.chapter.is_partial


def test_an_object_is_no_list(vendor: Emulator, reading: Reading) -> None:
    vendor.answer = lambda _request: {"message": "all is well"}
    with pytest.raises(IncompleteAnswerError, match="trustmary /contacts"):
        reading.rows("contacts")
