"""The `kette` command: what a person sees when something cannot be done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from ingestion.control import locks, store, tables
from ingestion.settings import settings
from orchestration.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


def every(group: Any) -> Iterator[list[str]]:
    """Return the words of each command."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from ([name, *rest] for rest in every(command))
        else:
            yield [name]


COMMANDS = tuple(every(typer.main.get_command(app)))


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def one_message(result: Result) -> str:
    """Return the only line on standard error; a failure is told once and without a traceback."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.output
    return lines[0]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_says_what_is_written_and_how_it_ends(command: list[str]) -> None:
    result = kette(*command, "--help")
    assert result.exit_code == 0
    assert "Writes" in result.output
    assert "Exit codes" in result.output


def test_the_quarantine_is_listed_without_values_and_replayed_by_source() -> None:
    assert "Nothing is in quarantine" in kette("quarantine", "list").output
    with store.begin() as connection:
        connection.execute(
            tables.quarantine.insert().values(
                source="hubspot",
                stream="deals",
                load_id="1",
                reason="amount: not a number",
                form="row",
                fingerprint="f",
                payload=b'{"id": "1", "amount": "Aino\'s money"}',
                first_seen_at=store.now(),
                last_seen_at=store.now(),
            )
        )
    listed = kette("quarantine", "list", "--source", "hubspot").output
    assert "amount: not a number" in listed
    assert "Aino" not in listed
    assert "Aino's money" in kette("quarantine", "show", "1").output
    assert "no such record" in one_message(kette("quarantine", "show", "2"))
    assert "unknown source" in one_message(kette("quarantine", "replay", "nobody"))


def test_the_help_lists_every_command() -> None:
    listed = kette("--help").output
    assert all(command[0] in listed for command in COMMANDS)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("SOURCES__MIXPANEL__PROJEKT_ID", "Did you mean SOURCES__MIXPANEL__PROJECT_ID?"),
        ("KETTE_HOMES", "Did you mean KETTE_HOME?"),
        ("SOURCES__NOSUCH__THING", ".env.example"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["doctor"], ["load", "hubspot"]], ids=" ".join)
def test_an_unknown_setting_is_refused_before_anything_happens(
    command: list[str], name: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    result = kette(*command)
    assert result.exit_code == 1
    message = one_message(result)
    assert name in message
    assert hint in message
    assert not settings().home.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("KETTE_WEBHOOK_PORT", "none"), ("KETTE_TODAY", "yesterday")]
)
def test_a_setting_of_the_wrong_form_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    result = kette("run")
    assert result.exit_code == 1
    assert name in one_message(result)


def test_a_second_run_at_the_same_time_is_refused() -> None:
    with locks.run_lock():
        result = kette("run")
    assert result.exit_code == 1
    message = one_message(result)
    assert "already running: " in message
    assert f"(pid {os.getpid()}, since " in message
    assert store.recent_runs() == []


def test_an_unknown_source_is_answered_with_the_known_ones() -> None:
    result = kette("load", "nosuch")
    assert result.exit_code == 1
    message = one_message(result)
    assert "unknown source" in message
    assert "mixpanel" in message


def test_a_source_without_credentials_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", "a token")
    result = kette("load", "chartmogul")
    assert result.exit_code == 1
    message = one_message(result)
    assert "chartmogul: the source is off" in message
    assert ".env.example" in message


def test_a_mapping_that_cannot_be_read_is_told_without_talk_of_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.yml").write_text("name: shop\nkind: orders\npath: orders.csv\nkey: id\n")
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(tmp_path / "orders.yml"))
    result = kette("load", "files")
    assert result.exit_code == 1
    message = one_message(result)
    assert "orders.yml: identifier" in message
    assert "credentials" not in message


def test_publishing_before_anything_was_built_says_what_to_do() -> None:
    result = kette("publish")
    assert result.exit_code == 1
    assert "kette run" in one_message(result)


def test_a_wrong_date_is_wrong_usage() -> None:
    result = kette("load", "mixpanel", "--from", "yesterday")
    assert result.exit_code == 2
    assert "YYYY-MM-DD" in result.output


def test_the_company_cannot_live_on_before_it_exists() -> None:
    result = kette("sandbox", "advance", "--days", "1")
    assert result.exit_code == 1
    assert "there is no company yet" in one_message(result)


def test_doctor_on_a_fresh_machine_shows_every_source_and_is_content() -> None:
    result = kette("doctor")
    assert result.exit_code == 0, result.output
    for source in ("mixpanel", "chartmogul", "tawk", "hubspot"):
        assert source in result.output
    assert "demo mode" in result.output
    assert "SOURCES__MIXPANEL__SERVICE_ACCOUNT_USERNAME" in result.output
