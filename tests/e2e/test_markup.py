"""What a hostile vendor writes, in a browser: shown as it was written, wherever Markdown is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dashboards.components.markup import visible
from tests.conftest import clean_environment
from tests.e2e.conftest import PATIENCE_SECONDS, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

CASES = [
    "Kosten $5 und $10 *fett* [x](javascript:alert(1)) :smile: :red[rot] :material/home: $$E=mc^2$$",
    ":green-badge[![x](https://evil.example/a.png)]",
    ":green-badge[[click](https://evil.example) $x^2$]",
    "https&colon;//evil.example/a www&period;evil.example &#58;material/home&#58;",
    "https://evil.example WWW.evil.example a@b.example mailto:x@y.example xmpp:x@y.example",
    ":material_home: :material/home: :streamlit: :heart: :+1: a:b:c:d",
    "a -> b <- c <-> d -- e >= f <= g ~= h --> --- ===",
    "# head", "1. one", "- item", "> quote", "+", "---", "```",
    "<b>bold</b><img src=x onerror=alert(1)></span>",
    "`code` ~~s~~ [^1] [ref]: http://x.example",
    "| a | b |\n|--|--|\n| c | d |",
    ":small[x] :blue-background[y] :rainbow[z] ::x:: :::y x]:y :x[ ]( :gray[]",
    "\\: \\\\ \\[x\\](http://e.example)",
    "10:30:45 2026-06-01 C:\\dir",
    "\u202emoc.live\u202c x\x07y",
]  # fmt: skip
PAGE = """
import json
import pandas as pd
import streamlit as st
from dashboards.components.markup import literal
for number, case in enumerate(json.loads({cases!r})):
    text = literal(case)
    with st.container(key=f"case-{{number}}"):
        st.header(text, anchor=False)
        st.caption(text)
        st.metric(text, "1", help=text)
        st.button(text, key=f"button-{{number}}")
        st.table(pd.DataFrame([{{text: text}}]), hide_index=True)
        st.radio("one", [text], key=f"radio-{{number}}")
        st.pills("one", [text], key=f"pills-{{number}}")
        st.info(text)
        st.tabs([text])
        with st.expander(text):
            st.text(case)
"""
PLACES = (
    "h2",
    "[data-testid=stCaptionContainer]",
    "[data-testid=stMetricLabel] [data-testid=stMarkdownContainer]",
    "[data-testid=stButton] button",
    "th",
    "td",
    "[data-testid=stRadio] [role=radiogroup] [data-testid=stMarkdownContainer]",
    "[data-testid=stButtonGroup] button",
    "[data-testid=stAlert] [data-testid=stMarkdownContainer]",
    "[role=tab]",
    "summary [data-testid=stMarkdownContainer]",
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve a page with every case in every place, and return where."""
    script = tmp_path / "page.py"
    script.write_text(PAGE.format(cases=json.dumps(CASES)))
    with served(script, clean_environment(tmp_path / "home"), tmp_path / "streamlit.log") as url:
        yield url


def test_a_hostile_text_is_shown_as_written_in_every_place(address: str, browser: Browser) -> None:
    from playwright.sync_api import expect

    page = browser.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    elsewhere: list[str] = []
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.goto(address)
    last = page.locator(f".st-key-case-{len(CASES) - 1} summary")
    expect(last).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    shown, wanted = {}, {}
    for number, case in enumerate(CASES):
        box = page.locator(f".st-key-case-{number}")
        for place in PLACES:
            shown[number, place] = box.locator(place).first.text_content()
            wanted[number, place] = " ".join(visible(case).split())
        made = box.locator("a, img, .katex, span[role=img], code, del, b")
        shown[number, "markup"], wanted[number, "markup"] = str(made.count()), "0"
    assert shown == wanted
    assert [url for url in elsewhere if not url.startswith((address, "data:", "blob:"))] == []
