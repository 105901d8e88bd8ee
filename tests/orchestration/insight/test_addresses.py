"""Addresses are compared in one form, and what is none is told apart from what is only unusual."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.insight.identity import emails


def normal(text: str) -> str | None:
    found = emails.normalise(pa.table({"email_text": [text]})).to_pylist()
    assert [row["email_text"] for row in found] == [text]
    email: str | None = found[0]["email"]
    return email


@pytest.mark.parametrize(
    ("text", "email"),
    [
        # the examples of bücher.example and faß.de are those of the IDNA standards (UTS 46)
        ("max@xn--bcher-kva.example", "max@bücher.example"),
        ("max@bücher.example", "max@bücher.example"),
        ("max@xn--fa-hia.de", "max@faß.de"),
        # full-width letters of an Asian keyboard in the domain
        ("mia@ＡＣＭＥ.example", "mia@acme.example"),
        # a letter and its accent written apart (RFC 6532: compared in form C)
        ("jo\u0308rg@firm.example", "jörg@firm.example"),
        ("o’neil@firm.example", "o’neil@firm.example"),
        ("o'neil@firm.example", "o'neil@firm.example"),
    ],
)
def test_an_address_has_one_form_however_it_is_written(text: str, email: str) -> None:
    assert normal(text) == email


@pytest.mark.parametrize("text", ["mia@localhost", "mia@firm.local", "mia@firm.test", "jörg@firm"])
def test_an_address_of_a_house_is_one_though_no_mail_reaches_it_from_outside(text: str) -> None:
    assert normal(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "mia schmidt@firm.example",
        "mia@firm..example",
        ".mia@firm.example",
        "mia@@firm.example",
        "a@b@firm.example",
        "n/a@n/a",
        "mia@-firm.example",
        "mia@firm_example",
    ],
)
def test_what_is_no_address_has_no_form(text: str) -> None:
    assert normal(text) is None


def test_no_address_is_no_row() -> None:
    empty = pa.table({"email_text": pa.array([], pa.string())})
    assert emails.normalise(empty).num_rows == 0
