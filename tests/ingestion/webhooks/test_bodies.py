"""Form bodies with bracketed names, as PHP programs send them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from ingestion.webhooks import bodies


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", {}),
        ("type=click&list=0", {"type": "click", "list": "0"}),
        (
            "contact%5Bemail%5D=mia%40kunde.example&contact[fields][perstag]=M%C3%BCller+%26+Co",
            {"contact": {"email": "mia@kunde.example", "fields": {"perstag": "Müller & Co"}}},
        ),
        ("tags[]=a&tags[]=b", {"tags": {"0": "a", "1": "b"}}),
        ("deal[0][id]=7&deal[1][id]=8", {"deal": {"0": {"id": "7"}, "1": {"id": "8"}}}),
        ("empty=&alone&=nameless", {"empty": "", "alone": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[b]=2&a=1", {"a": "1"}),
        ("a[b=1&a]b=2&[x]=3", {"a[b": "1", "a]b": "2", "[x]": "3"}),
    ],
    ids=[
        "empty", "plain", "nested", "list", "numbered", "no value", "twice", "group after text",
        "text after group", "unpaired",
    ],
)  # fmt: skip
def test_brackets_in_the_name_of_a_field_nest_it(body: str, expected: dict[str, Any]) -> None:
    assert bodies.form(body.encode()) == expected


@pytest.mark.parametrize(
    "body",
    [b"a=%ff", b"&".join([b"a=1"] * 5_001), b"a" + b"[x]" * 16 + b"=1"],
    ids=["no UTF-8", "too many", "too deep"],
)
def test_a_form_that_no_vendor_sends_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"too|decode"):
        bodies.form(body)
    assert bodies.form_field(body, "type") is None


def test_a_form_of_another_program_reads_the_same() -> None:
    sent = {"type": "unsubscribe", "contact[id]": "12", "contact[fields][ü & ö]": "50 % = halb"}
    assert bodies.form(urlencode(sent).encode()) == {
        "type": "unsubscribe",
        "contact": {"id": "12", "fields": {"ü & ö": "50 % = halb"}},
    }
