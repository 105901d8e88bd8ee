"""Domains are compared in one form, whatever wrote them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from orchestration.insight import domains
from orchestration.insight.identity import emails


def normal(text: str) -> str | None:
    found = domains.normalise(pa.table({"domain_text": [text]})).to_pylist()
    assert [row["domain_text"] for row in found] == [text]
    domain: str | None = found[0]["domain"]
    return domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        # the examples of bücher.example and faß.de are those of the IDNA standards (UTS 46)
        ("xn--bcher-kva.example", "bücher.example"),
        ("BÜCHER.example.", "bücher.example"),
        ("bu\u0308cher.example", "bücher.example"),
        ("xn--fa-hia.de", "faß.de"),
        ("faß.de", "faß.de"),
        ("例え。テスト", "例え.テスト"),
        ("xn--r8jz45g.xn--zckzah", "例え.テスト"),
        # sold by registries, though the standard does not allow it (RFC 5892)
        ("xn--i-7iq.ws", "i❤.ws"),
        ("i❤\ufe0f.ws", "i❤.ws"),
        ("firm.example", "firm.example"),
    ],
)
def test_a_domain_has_one_form_however_it_is_written(text: str, domain: str) -> None:
    assert normal(text) == domain


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "2001:db8::1", "localhost", "", ".", "xn--.de", "a b.de", "-firm.de"]
)
def test_what_is_no_domain_has_no_form(text: str) -> None:
    assert normal(text) is None


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=20) | st.from_regex(r"(xn--)?[a-zäöü0-9❤-]{1,8}\.(de|example)", fullmatch=True)
)
def test_the_one_form_is_its_own_form(text: str) -> None:
    found = normal(text)
    assert found is None or normal(found) == found


def test_an_address_and_a_website_agree_on_a_domain() -> None:
    table = emails.normalise(pa.table({"email_text": ["mia@xn--mller-shne-kcb9d.example"]}))
    assert table["email"][0].as_py() == "mia@" + str(normal("MÜLLER-SÖHNE.example"))
