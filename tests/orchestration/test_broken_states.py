"""Whatever is broken beneath a command, it ends in a sentence that says what to do, never a traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import typer
from typer.testing import CliRunner, Result

from ingestion.control import engine, store, tables
from ingestion.loading import blocks
from ingestion.loading.run import prepare_warehouse
from ingestion.settings import settings
from orchestration import publish, published_file, serve as serving
from orchestration.cli import app
from orchestration.host import ports
from tests.orchestration.test_publish import build_passes, write_warehouse
from tests.structure.test_documents import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# what each command is given; a new command is asked for here by the test that counts them
ARGUMENTS = {
    "run": [], "serve": [], "load": ["tawk"], "publish": [], "dbt": ["show", "--inline", "select 1"],
    "doctor": [], "drift": [], "metric": ["nps"], "drivers": [], "backup": ["backups"],
    "files try": ["seeds/channels.csv"],
    "control move": ["sqlite:///data/elsewhere.db"], "new-source": ["Not A Name"],
    "quarantine list": [], "quarantine show": ["1"], "quarantine replay": ["tawk"],
    "identity explain": ["email@global:a@x.example", "email@global:b@x.example"],
    "identity cut": ["email@global:a@x.example", "email@global:b@x.example", "--why", "two people"],
    "identity join": ["email@global:a@x.example", "email@global:b@x.example", "--why", "one"],
    "identity reject": ["email@global:a@x.example", "email@global:b@x.example", "--why", "no"],
    "identity revoke": ["email@global:a@x.example", "email@global:b@x.example", "--why", "no"],
    "identity decisions": [], "identity what-if": ["--degree-cap", "20"],
    "identity junk": [], "identity propose": [], "identity proposals": [],
    "funnel": ["channel:ads"], "retention": ["step:choose"], "paths": [],
    "text try": ["Das dauert zu lange"], "text card": [], "text train": [],
    "figures changed": [], "figures known": ["mrr", "2026-01"], "figures why": ["mrr", "2026-01"],
    "sandbox serve": [], "sandbox advance": [], "webhooks serve": [], "webhooks drain": [],
}  # fmt: skip
# what a broken control store does not concern
WITHOUT_STORE = {"new-source", "files try", "sandbox serve", "sandbox advance", "figures changed"}
WITHOUT_STORE |= {"figures known", "figures why", "text try", "text card"}
# they look into what is published first
WITHOUT_STORE |= {"metric", "drivers", "funnel", "retention", "paths", "text train"}
WITHOUT_STORE |= {
    f"identity {name}"
    for name in ("cut", "join", "reject", "revoke", "explain", "junk", "what-if", "propose")
}


def kette(command: str) -> Result:
    return CliRunner().invoke(app, [*command.split(), *ARGUMENTS[command]])


@pytest.fixture(autouse=True)
def _nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nothing run on that a broken state should have stopped."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("it is served")

    monkeypatch.setattr("ingestion.sandbox.server.serve", lambda *_a, **_k: None)
    monkeypatch.setattr("orchestration.host.demo.ensure_world", lambda **_: None)
    monkeypatch.setattr(serving, "Supervisor", refuse)
    monkeypatch.setattr("uvicorn.Server.run", refuse)
    yield
    engine.forget()


def say(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)


def bad_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "KETTE_TIME_ZONE", "Europe/Berlln")


def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "KETTE_CONTROL_URL", "my-database")


def another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "KETTE_CONTROL_URL", "mysql://user:geheim@127.0.0.1/kette")


def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://kette:geheim@127.0.0.1:{ports.free()}/kette"
    say(monkeypatch, "KETTE_CONTROL_URL", url)


def damaged_store(_: pytest.MonkeyPatch) -> None:
    settings().home.mkdir(parents=True)
    (settings().home / "control.db").write_bytes(b"no database at all " * 1000)


def half_a_store(_: pytest.MonkeyPatch) -> None:
    store.remember("key", "value" * 100_000)
    store.engine().dispose()
    engine.forget()
    path = settings().home / "control.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def read_only_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse whatever would be written under the home, as a read-only file system does."""
    refuse_writing(monkeypatch, errno.EROFS, "attempt to write a readonly database")


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_writing(monkeypatch, errno.ENOSPC, "database or disk is full")


def refuse_writing(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    home, opened = str(settings().home), duckdb.connect
    error = OSError(number, os.strerror(number), home)
    for name in ("mkdir", "open", "write_text", "write_bytes", "touch", "unlink"):
        monkeypatch.setattr(Path, name, guarded(getattr(Path, name), home, error))

    class Refusing(sqlite3.Connection):
        def cursor(self, *_: Any, **__: Any) -> Any:
            raise sqlite3.OperationalError(words)

    def sqlite(*arguments: Any, **named: Any) -> Any:
        if str(arguments[0]).startswith(home):
            return Refusing(":memory:", check_same_thread=False)
        return sqlite3.Connection(*arguments, **named)

    def no_duckdb(path: str = ":memory:", *arguments: Any, **named: Any) -> Any:
        if str(path).startswith(home) and not named.get("read_only"):
            raise duckdb.IOException(f'IO Error: Cannot open file "{path}": {os.strerror(number)}')
        return opened(path, *arguments, **named)

    monkeypatch.setattr(sqlite3.dbapi2, "connect", sqlite)
    monkeypatch.setattr(sqlite3, "connect", sqlite)
    monkeypatch.setattr(duckdb, "connect", no_duckdb)


def guarded(original: Callable[..., Any], home: str, error: OSError) -> Callable[..., Any]:
    """Return a method of paths that writes nothing under the home."""
    is_open = original.__name__ == "open"

    def write(path: Any, *arguments: Any, **named: Any) -> Any:
        mode = str(named.get("mode", arguments[0] if arguments else "r"))
        if str(path).startswith(home) and (not is_open or set(mode) & set("wax+")):
            raise error
        return original(path, *arguments, **named)

    return write


STORE = {
    "no address": (no_address, "KETTE_CONTROL_URL"),
    "another database": (another_database, "KETTE_CONTROL_URL"),
    "nobody listens": (nobody_listens, "KETTE_CONTROL_URL"),
    "damaged store": (damaged_store, "put the latest backup in its place"),
    "half a store": (half_a_store, "put the latest backup in its place"),
}
MACHINE = {
    "read-only home": (read_only_home, "set KETTE_HOME"),
    "full disk": (full_disk, "Free some space"),
}


def test_every_command_is_tried() -> None:
    assert set(ARGUMENTS) == {
        name.removeprefix("kette ") for name in commands(typer.main.get_command(app))
    }


def assert_sentence(result: Result, said: str = "") -> None:
    output = " ".join(result.output.split())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in output
    assert "geheim" not in output
    if said:
        assert result.exit_code == 1, output
        assert said in output, output


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_mistyped_time_zone_is_told_by_every_command(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad_zone(monkeypatch)
    said = "" if command == "new-source" else "Did you mean Europe/Berlin?"
    assert_sentence(kette(command), said)


@pytest.mark.parametrize("state", STORE)
@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_control_store_that_cannot_be_used_is_told(
    command: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it, said = STORE[state]
    break_it(monkeypatch)
    assert_sentence(kette(command), "" if command in WITHOUT_STORE else said)


@pytest.mark.parametrize("state", MACHINE)
@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_home_that_cannot_be_written_is_told(
    command: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it, said = MACHINE[state]
    break_it(monkeypatch)
    is_told = command in {"run", "serve", "load", "publish", "dbt", "drift", "webhooks serve"}
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", "a secret")
    assert_sentence(kette(command), said if is_told else "")


def warehouse_of(content: Callable[[bytes], bytes]) -> None:
    prepare_warehouse()
    write_warehouse(1)
    path = settings().warehouse
    path.write_bytes(content(path.read_bytes()))


def flipped(content: bytes) -> bytes:
    changed = bytearray(content)
    for place in range(3 * 4096 + 100, len(changed), 262144):
        changed[place] ^= 0xFF
    return bytes(changed)


WAREHOUSES: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda content: content[: len(content) // 2],
    "a header": lambda content: content[:5000],
    "something else": lambda _: b"no database" * 10_000,
    "flipped blocks": flipped,
}


@pytest.mark.parametrize("state", WAREHOUSES)
@pytest.mark.parametrize(
    "command", ["run", "load", "doctor", "dbt", "publish", "quarantine replay"]
)
def test_a_damaged_warehouse_is_told(
    command: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", "a secret")
    warehouse_of(WAREHOUSES[state])
    build_passes()
    # a flipped block is met by whoever reads it; doctor reads all
    is_met = state != "flipped blocks" or command == "doctor"
    if is_met:
        assert_sentence(kette(command), "it is damaged")


def test_a_file_that_got_smaller_is_whole() -> None:
    settings().home.mkdir(parents=True)
    path = settings().warehouse
    with closing(duckdb.connect(str(path))) as connection:
        for number in range(4):
            connection.execute(
                f"create table t{number} as select random() as a, random() as b from range(200000)"
            )
        connection.execute("checkpoint")
        for number in (3, 1, 2):
            connection.execute(f"drop table t{number}")
            connection.execute("checkpoint")
            assert not blocks.is_cut(connection, path)
        connection.execute("create table u as select random() as a from range(300000)")
        assert not blocks.is_cut(connection, path)
    assert not blocks.is_damaged(path)


@pytest.mark.parametrize("state", ["half", "flipped blocks"])
def test_a_damaged_published_file_is_set_aside_and_publishing_goes_on(state: str) -> None:
    write_warehouse(1)
    build_passes()
    first = publish.publish().path
    first.write_bytes(WAREHOUSES[state](first.read_bytes()))
    told = " ".join(kette("doctor").output.split())
    assert "✗ published" in told
    assert "sets it aside" in told

    result = kette("publish")
    assert result.exit_code == 0, result.output
    assert not first.exists()
    assert first.with_suffix(".damaged").exists()
    assert not published_file.is_unusable(publish.publish().path)
    assert "✗ published" not in kette("doctor").output
    versions = store.rows(tables.publications.select())
    assert first.name in {Path(row["path"]).name for row in versions}


def test_a_store_with_a_flipped_page_is_told_by_doctor() -> None:
    rows = [{"key": f"key {number}", "value": "value" * 20} for number in range(2000)]
    with store.begin() as connection:
        connection.execute(tables.facts.insert(), rows)
    store.engine().dispose()
    engine.forget()
    path = settings().home / "control.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    content = bytearray(path.read_bytes())
    pages = len(content) // 4096
    for page in range(pages // 2, pages):
        content[page * 4096 : page * 4096 + 100] = bytes(100)
    path.write_bytes(content)
    told = " ".join(kette("doctor").output.split())
    assert "✗ control store" in told
    assert "is damaged" in told


@pytest.mark.parametrize(
    "address", ["eu.mixpanel.com", "ftp://eu.mixpanel.com", "http://eu.mixpanel.com", "https:/x"]
)
def test_an_address_without_https_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROJECT_ID", "SERVICE_ACCOUNT_USERNAME", "SERVICE_ACCOUNT_SECRET"):
        monkeypatch.setenv(f"SOURCES__MIXPANEL__{name}", "1")
    monkeypatch.setenv("SOURCES__MIXPANEL__BASE_URL", address)
    for command in (["doctor"], ["load", "mixpanel"]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 1
        assert "SOURCES__MIXPANEL__BASE_URL" in result.output
        assert "no https address" in result.output


def tree(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path): (
            (status := path.lstat()).st_mode,
            status.st_mtime_ns,
            path.read_bytes() if path.is_file() and not path.is_symlink() else b"",
        )
        for path in sorted([folder, *folder.rglob("*")])
        if path.exists() or path.is_symlink()
    }


@pytest.mark.parametrize("what", ["nothing", "an empty home", "a filled home", "an older home"])
def test_doctor_writes_nothing(what: str, kette_home: Path) -> None:
    if what == "an empty home":
        kette_home.mkdir()
    if what in {"a filled home", "an older home"}:
        write_warehouse(1)
        build_passes()
        publish.publish()
        store.engine().dispose()
        engine.forget()
    if what == "an older home":
        with closing(sqlite3.connect(kette_home / "control.db")) as connection:
            connection.execute("drop table schema_changes")
            connection.execute("alter table load_ledger drop column is_aside")
            connection.commit()
    # what an older version left open is closed by whoever asks for the settings
    settings()
    before = tree(kette_home.parent)
    result = kette("doctor")
    assert isinstance(result.exception, SystemExit | None)
    assert "✓ schemas" in result.output
    assert tree(kette_home.parent) == before


def test_doctor_reads_what_a_receiver_has_just_written(kette_home: Path) -> None:
    store.remember("key", "value")
    journal = kette_home / "control.db-wal"
    assert journal.stat().st_size > 0
    with store.looking():
        assert store.fact("key") == "value"


def test_a_relative_home_does_not_follow_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_HOME", "./data-real")
    monkeypatch.setenv("KETTE_WAREHOUSE", "else/warehouse.duckdb")
    here = settings()
    monkeypatch.chdir(tmp_path)
    assert settings() == here
    assert here.home.is_absolute()
