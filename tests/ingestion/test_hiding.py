"""A secret is found in every writing, and nothing else is taken for one."""

from __future__ import annotations

import base64
import html
import json
import logging
import subprocess
import sys
import traceback
from urllib.parse import quote, quote_plus

import pytest
import sqlalchemy as sa

from ingestion import hiding
from ingestion.control import store, tables
from ingestion.control.tables import Told
from ingestion.errors import KetteError
from ingestion.hiding import HIDDEN, hide, learn
from ingestion.settings import CHECKOUT

SECRET = "ck_4f3a9c+/=&\"'ü7b21d0e9"
NAMED = "user:"


def escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote_plus(SECRET, safe=""),
        quote(quote(SECRET)).lower(),
        escaped(SECRET),
        escaped(escaped(SECRET)),
        html.escape(SECRET),
        "".join(f"&#{ord(sign)};" for sign in SECRET),
        "".join(f"%{byte:02x}" for byte in SECRET.encode()),
        SECRET.encode().hex(),
        SECRET.upper(),
        "\n".join(SECRET[start : start + 5] for start in range(0, len(SECRET), 5)),
        "=\n".join((SECRET[:9], SECRET[9:])),
        '"\n "'.join((SECRET[:6], SECRET[6:])),
    ],
)
def test_a_secret_is_hidden_in_each_writing_and_what_stands_beside_it_stays(written: str) -> None:
    learn(SECRET)
    before, *hidden, after = hide(f"the key <{written}> is no good").split(HIDDEN)
    assert (before, after, "".join(hidden)) == ("the key <", "> is no good", "")


@pytest.mark.parametrize("name", ["", "u:", "us:", "user:"])
def test_a_secret_is_hidden_within_packed_text(name: str) -> None:
    learn(SECRET)
    for pack in (base64.b64encode, base64.urlsafe_b64encode):
        shown = hide(f"Basic {pack(f'{name}{SECRET}'.encode()).decode()}")
        rest = shown.removeprefix("Basic ").replace(HIDDEN, "")
        # what is left tells no more than the name
        assert HIDDEN in shown
        assert len(rest) <= len(base64.b64encode(name.encode())) + 4


@pytest.mark.parametrize(
    "part", [SECRET[:9], SECRET[-9:], SECRET[1:9], SECRET[: -(-len(SECRET) // 2)]]
)
def test_a_part_of_a_secret_is_hidden(part: str) -> None:
    learn(SECRET)
    assert hide(f"key {part}*** is unknown") == f"key {HIDDEN}*** is unknown"


def test_a_short_secret_is_hidden_whole() -> None:
    learn("s3cr")
    assert hide("s3cr, s3%63r and czNjcjo=") == f"{HIDDEN}, {HIDDEN} and {HIDDEN}="


def test_words_of_which_a_secret_is_made_are_shown() -> None:
    learn("ck_sandbox_woocommerce", "sandbox-mixpanel-secret", "3MVG9.sandbox.salesforce")
    text = "woocommerce: the sandbox's orders; mixpanel: its secret; salesforce &copy; 50 %"
    assert hide(text) == text
    assert hide("ck_sandbox_woocommerce, 3MVG9.sandbox") == f"{HIDDEN}, {HIDDEN}"


def test_of_a_secret_in_json_the_secret_values_are_hidden() -> None:
    key = {
        "private_key": "-----BEGIN KEY-----\nMIIE5vQ2k9\n",
        "token_uri": "https://oauth2.example",
    }
    learn(json.dumps(key))
    learn(json.dumps({"shop": {"secret": "shop-s3cret", "header": "x-shop-9hmac"}}))
    assert hide("MIIE5vQ2k9 shop-s3cret") == f"{HIDDEN} {HIDDEN}"
    assert hide("https://oauth2.example x-shop-9hmac") == "https://oauth2.example x-shop-9hmac"


def test_the_password_of_an_address_is_hidden() -> None:
    hiding.learn_address("postgresql://kette:pa55word@db.example/kette")
    assert hide("pa55word at db.example") == f"{HIDDEN} at db.example"


def test_an_error_and_what_led_to_it_show_no_secret() -> None:
    learn(SECRET)

    def fail() -> None:
        cause = ValueError(f"bad {SECRET}", {"kept": 1})
        raise KetteError(f"no {SECRET}", where=SECRET, fix=quote(SECRET)) from cause

    with pytest.raises(KetteError) as caught, hiding.scrubbed():
        fail()
    shown = "".join(traceback.format_exception(caught.value))
    # the lines of the program, which a traceback quotes too, name the variable alone
    assert SECRET not in shown
    assert f"ValueError: ('bad {HIDDEN}', {{'kept': 1}})" in shown
    assert str(caught.value) == f"{HIDDEN}: no {HIDDEN}. {HIDDEN}"


def test_a_log_record_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    learn(SECRET)
    logging.getLogger("x").error("asked with %s", quote(SECRET), exc_info=ValueError(SECRET))
    assert f"asked with {HIDDEN}" in caplog.text
    assert SECRET not in caplog.text


def test_a_program_that_ends_in_a_traceback_shows_no_secret() -> None:
    program = (
        f"from ingestion import hiding\nkey = {SECRET!r}\nhiding.learn(key)\nraise ValueError(key)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == f"ValueError: {HIDDEN}"


def test_each_text_that_the_control_store_keeps_of_others_words_hides_secrets() -> None:
    learn(SECRET)
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.runs).values(
                run_id="r", kind="run", mode="demo", status="failed", error=f"no {quote(SECRET)}",
                as_of=store.now().date(), started_at=store.now(),
            )
        )  # fmt: skip
    (row,) = store.rows(sa.select(tables.runs))
    assert row["error"] == f"no {HIDDEN}"


def test_what_is_told_in_the_control_store_is_of_the_type_that_hides() -> None:
    written_by_people = {"facts.value", "identity_decisions.why"}
    texts = [
        column
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Text) and str(column) not in written_by_people
    ]
    assert texts == []
    assert isinstance(tables.load_ledger.c.note.type, Told)
