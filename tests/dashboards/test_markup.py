"""What comes from outside is shown as it was written."""

from __future__ import annotations

import re

import pytest

from dashboards.components.markup import WORD_JOINER, literal
from dashboards.components.tables import badge


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _italic_ `code`",
        "[a link](https://evil.example)",
        "![a picture](https://evil.example/x.png)",
        "<script>alert(1)</script>",
        "# a heading",
        "- a list",
        "1. a list",
        ":red[colour] :material/check: :smile:",
        "$x^2$",
        "=HYPERLINK(1)",
        "| a | table |",
        "~~struck~~",
        r"a \ backslash",
    ],
)
def test_signs_that_mean_something_in_markdown_are_escaped(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", literal(text)).replace(WORD_JOINER, "") == text
    assert not re.search(r"(?<!\\)[*_`\[\]()<>#$|~]", literal(text).replace(r"\\", ""))


def test_an_address_does_not_become_a_link() -> None:
    assert "https://" not in re.sub(r"\\(.)", r"\1", literal("see https://evil.example"))
    assert "www." not in re.sub(r"\\(.)", r"\1", literal("see www.evil.example"))


def test_a_text_stays_on_its_line() -> None:
    assert literal(" first\n\n# second\t") == r"first \# second"


def test_a_badge_tells_its_state_by_a_sign_too() -> None:
    assert badge("fresh", is_well=True) != badge("fresh", is_well=False).replace("orange", "green")
