"""What `kette doctor` is asked for: one vendor, or a form for programs; and what counts as on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from ingestion.control import store
from ingestion.loading.run import source_status
from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT, settings
from orchestration.cli import app
from tests.ingestion.sources.emulator import Emulator, Reply, Request, serve
from tests.ingestion.sources.test_no_secret_shows import ASKING, plant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from ingestion.toolkit.source import Load


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


class Vendor:
    """Answers everything in one way."""

    def __init__(self) -> None:
        self.way: Callable[[Request], Any] = lambda _: Reply({"message": "no"}, 401)
        self.asked: list[str] = []
        self.url = ""

    def answer(self, request: Request) -> Any:
        """Note what is asked, and let everybody sign in."""
        if request.path.endswith("/token"):
            return {"access_token": "session", "instance_url": self.url, "token_type": "Bearer"}
        self.asked.append(request.path)
        return self.way(request)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Vendor, Emulator]]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    told = Vendor()
    with serve(told.answer) as emulator:
        told.url = emulator.url
        yield told, emulator


@pytest.mark.parametrize("load", ASKING, ids=lambda load: load.source)
def test_a_key_is_checked_with_one_answer_and_nothing_is_loaded(
    load: Load, vendor: tuple[Vendor, Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    told, emulator = vendor
    plant(load, emulator.url, monkeypatch)
    refused = kette("doctor", "--check", load.source)
    assert refused.exit_code == 1, refused.output
    assert "canary" not in refused.output
    assert load.source in refused.output

    told.way, told.asked[:] = (lambda _: {"data": [], "results": []}), []
    taken = kette("doctor", "--check", load.source)
    assert taken.exit_code == 0, taken.output
    assert "the key is right" in taken.output
    assert len(told.asked) == 1
    assert not settings().warehouse.exists()
    assert store.latest_ledger() == []


def test_what_a_program_is_told_has_the_fields_of_the_runbook() -> None:
    result = kette("doctor", "--json")
    said = json.loads(result.stdout)
    assert set(said) == {
        "format", "is_well", "mode", "today", "sources", "findings", "failures",
    }  # fmt: skip
    assert said["format"] == 1
    assert (said["is_well"], said["mode"]) == (result.exit_code == 0, "demo")
    assert [each["source"] for each in said["sources"]] == [load.source for load in REGISTRY]
    assert set(said["sources"][0]) == {
        "source", "state", "reason", "last_load", "freshness", "ledger", "quarantined", "is_ill",
    }  # fmt: skip
    assert set(said["findings"][0]) == {"subject", "is_well", "text", "is_hint"}


@pytest.mark.parametrize(
    ("source", "given", "missing"),
    [
        ("activecampaign", {"API_TOKEN": "a key", "WEBHOOK_SECRET": "s"}, "BASE_URL"),
        ("activecampaign", {"API_TOKEN": "a key"}, "BASE_URL"),
        ("tawk", {"API_KEY": "a key", "WEBHOOK_SECRET": "s"}, "PROPERTY_ID"),
        ("woocommerce", {"CONSUMER_KEY": "ck", "CONSUMER_SECRET": "cs"}, "BASE_URL"),
    ],
)
def test_a_key_without_its_other_half_is_not_on(
    source: str, given: dict[str, str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__{source.upper()}__{name}", value)
    (load,) = (load for load in REGISTRY if load.source == source)
    status = source_status(load)
    assert status.state == "broken"
    assert f"SOURCES__{source.upper()}__{missing}" in status.reason


@pytest.mark.parametrize(
    ("source", "given"),
    [("tawk", {"WEBHOOK_SECRET": "s"}), ("wordpress", {"BASE_URL": "https://blog.example"})],
)
def test_one_whole_way_is_enough(
    source: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__{source.upper()}__{name}", value)
    (load,) = (load for load in REGISTRY if load.source == source)
    assert source_status(load).state == "on"


def test_a_slip_in_one_mapping_is_told_while_the_source_stays_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = CHECKOUT / "docs" / "examples" / "files" / "trade_fair_visits.yml"
    (tmp_path / "right.yml").write_bytes(right.read_bytes())
    (tmp_path / "wrong.yml").write_text("name: wrong\nknd: orders\n")
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(tmp_path))
    result = kette("doctor")
    assert result.exit_code == 1
    assert (
        "- files is on: files mapping wrong.yml, line 2: unknown key knd. Did you mean 'kind'?"
        in result.output
    )


def test_the_version_is_told() -> None:
    from importlib.metadata import version

    result = kette("--version")
    assert (result.exit_code, result.stdout) == (0, f"kette {version('kette')}\n")
    assert "--install-completion" in kette("--help").output
