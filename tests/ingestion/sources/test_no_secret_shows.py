"""No secret of any source shows: not in messages, tracebacks, logs, and not in any file.

A vendor that repeats every header, parameter and body in its errors, in any writing, is the worst
case; each registered source meets it in all the ways a vendor can refuse.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import secrets
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
import sqlalchemy as sa
from dlt.common.configuration.specs.base_configuration import is_secret_hint
from typer.testing import CliRunner

from ingestion.control import store, tables
from ingestion.errors import KetteError
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import single_load
from orchestration.cli import app
from tests.ingestion.sources.emulator import Emulator, Reply, Request, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestion.toolkit.source import Load

ASKING = [load for load in REGISTRY if load.connect]
ORDINARY = (
    "accept", "user-agent", "connection", "host", "content-length", "content-type",
    "linkedin-version", "x-restli",
)  # fmt: skip


def secret_fields(load: Load) -> list[str]:
    fields = load.settings().get_resolvable_fields()
    return [name for name, hint in fields.items() if is_secret_hint(hint)]


class Echo:
    """Answers each request in one way, with everything that the request held."""

    def __init__(self) -> None:
        self.way: Callable[[str], Any] = lambda said: Reply({"message": said}, 500)
        self.signs_in = True
        self.secrets: list[str] = []
        self.token = f"session-{secrets.token_hex(12)}"
        self.url = ""
        self.shown: set[str] = set()

    def answer(self, request: Request) -> Any:
        """Note what proves who asks, and repeat it."""
        for name, value in request.headers.items():
            if not name.lower().startswith(ORDINARY):
                self.shown.add(value.split(" ", 1)[-1])
        if request.path.endswith("/token") and self.signs_in:
            return {"access_token": self.token, "instance_url": self.url, "token_type": "Bearer"}
        body = request.body if isinstance(request.body, str) else json.dumps(request.body)
        known = [*self.secrets, self.token]
        halves = " ".join(f"{each[: len(each) // 2]} {each[-10:]}" for each in known)
        said = f"{halves} {request.headers} {request.params} {body} {known}"
        return self.way(said)


def in_lines(said: str) -> str:
    return "\n".join(said[start : start + 7] for start in range(0, len(said), 7))


def packed(said: str) -> str:
    return base64.b64encode(said.encode()).decode()


WAYS: dict[str, Callable[[str], Any]] = {
    "400": lambda said: Reply({"error": said, "error_description": said, "message": said}, 400),
    "401": lambda said: Reply({"error": quote(said), "error_description": quote(said)}, 401),
    "403": lambda said: Reply([{"message": json.dumps(said), "errorCode": quote(said)}], 403),
    "404 as text": lambda said: Reply(in_lines(said).encode(), 404),
    "429": lambda said: Reply({"errors": [{"detail": packed(said)}]}, 429),
    "500 as a page": lambda said: Reply(f"<html>{html.escape(said)}</html>".encode(), 500),
    "text with 200": lambda said: Reply(packed(said).encode()),
    "error with 200": lambda said: {"status": "error", "message": html.escape(said)},
    "a shape of its own": lambda said: {said: said, "results": said, "data": said, "entries": 1},
    "redirect": lambda said: Reply(
        b"", 302, {"Location": f"http://localhost:9/?x={quote(said[:300])}"}
    ),
}


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def vendor(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(echo.answer) as emulator:
        echo.url = emulator.url
        yield emulator


def plant(load: Load, url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a source canaries for credentials; return what must not be seen."""
    canaries = {}
    ways = (load.credentials, load.alternative_credentials)
    way = next(names for names in ways if set(names) & set(secret_fields(load)))
    for name, hint in load.settings().get_resolvable_fields().items():
        if name in secret_fields(load):
            value = canaries[name] = f"canary-{secrets.token_hex(8)}+/=&\"'{secrets.token_hex(8)}"
        elif name.endswith("_url"):
            value = f"{url}/token" if name == "token_url" else url
        elif name in way:
            is_number = "int" in str(hint) or name.endswith("_ids")
            value = "10042" if is_number else "5c659c297f688621d571cbb8"
        else:
            continue
        monkeypatch.setenv(f"SOURCES__{load.source.upper()}__{name.upper()}", value)
    return list(canaries.values())


def kept_outside_of_data() -> dict[str, bytes]:
    """Return what rests on disk, without what the vendor sent as its data."""
    found = {
        str(path): path.read_bytes()
        for path in settings().home.rglob("*")
        if path.is_file() and not path.name.startswith(("control.db", "warehouse.duckdb"))
    }
    for table in tables.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name != "payload"]
        found[table.name] = repr(store.rows(sa.select(*columns))).encode()
    return found


@pytest.mark.parametrize("load", ASKING, ids=lambda load: load.source)
def test_a_vendor_that_repeats_everything_makes_no_secret_show(
    load: Load,
    echo: Echo,
    vendor: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    echo.secrets = canaries = plant(load, vendor.url, monkeypatch)
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    failed: set[str] = set()
    asks_for_tokens = {"token_url", "refresh_token"} & set(load.settings().get_resolvable_fields())
    for signs_in in (True, False) if asks_for_tokens else (True,):
        echo.signs_in = signs_in
        for name, way in WAYS.items():
            echo.way = way
            try:
                single_load.load_source(load.source, None, None)
            except KetteError as failure:
                told.extend(traceback.format_exception(failure))
                failed.add(name)
    assert echo.shown, "no credentials were sent"
    # some lists may be missing, and a text may be a record
    assert failed >= WAYS.keys() - {"404 as text", "a shape of its own", "error with 200"}
    printed = capfd.readouterr()
    places = [*told, caplog.text, printed.out, printed.err]
    kept = kept_outside_of_data()
    assert load.source.encode() in kept["load_ledger"]
    for secret in needles(canaries, echo):
        assert [text for text in places if secret in text] == []
        assert [place for place, content in kept.items() if secret.encode() in content] == []
    # no part of one either, in no writing
    for text in [*places, *(content.decode(errors="replace") for content in kept.values())]:
        parts = [each[start : start + 8] for each in canaries for start in range(len(each) - 7)]
        for plain in read_back(text):
            assert [part for part in parts if part in plain] == []


@pytest.mark.parametrize(
    "address",
    ["http://admin:{0}@shop.example", "admin:{0}@shop.example/x", "http://a:b/{0}@shop.example?a=b",
     "http://shop.example/?key={0}"],
    ids=["http", "no scheme", "a slash in it", "behind the host"],
)  # fmt: skip
@pytest.mark.parametrize("source", ["woocommerce", "wordpress"])
def test_a_password_in_an_address_that_is_refused_does_not_show(
    source: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = f"canary-{secrets.token_hex(12)}"
    monkeypatch.setenv(f"SOURCES__{source.upper()}__BASE_URL", address.format(canary))
    shown = CliRunner().invoke(app, ["doctor"]).output
    assert "'shop.example' is no https address" in shown
    assert canary not in shown


def read_back(text: str) -> list[str]:
    """Return a text as somebody would read it who looks for secrets."""
    joined = "".join(text.split())
    unpacked = [
        base64.b64decode(run[start : start + (len(run) - start) // 4 * 4]).decode(errors="replace")
        for run in re.findall(r"[A-Za-z0-9+/]{16,}", joined)
        for start in range(4)
    ]
    return [joined, unquote(joined), html.unescape(joined), joined.replace("\\", ""), *unpacked]


def needles(canaries: list[str], echo: Echo) -> set[str]:
    """Return the secrets in the forms they travel in."""
    pairs = {packed(f"{canary}:") for canary in canaries}
    return {*canaries, *pairs, *echo.shown, echo.token}
