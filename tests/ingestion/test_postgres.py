"""Postgres as control store, and the move to it, against a real server that lives as long as the test."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from ingestion.control import engine, store, tables
from ingestion.loading import ledger
from ingestion.loading.run import run
from ingestion.settings import child_environment, settings
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from orchestration import backup
from orchestration.cli import app
from orchestration.dagster import instance
from orchestration.host import ports
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres


def binaries() -> Path:
    """Return the folder of the newest Postgres of this machine."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def as_whom() -> dict[str, Any]:
    """Return whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    def call(name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(binaries() / name), *arguments],
            cwd=folder,
            env={**child_environment(), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=(folder / "log").open("a"),
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
            **as_whom(),
        )
        assert done.returncode == 0, (folder / "log").read_text()

    if whom := as_whom():
        os.chown(folder, whom["user"], whom["group"])
    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "kette", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    call("pg_ctl", "-D", data, "-w", "-l", f"{folder}/server.log", "-o", options, "start")
    try:
        yield
    finally:
        call("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server, without a database."""
    # as another user it cannot look into folders that are root's alone
    folder, port = Path(f"/tmp/kette-postgres-{os.getpid()}"), ports.free()
    folder.mkdir(mode=0o700)
    try:
        with serving(folder, port):
            yield f"postgresql://kette@127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of an empty database."""
    name = f"kette_{abs(hash(request.node.name)) % 10**8}"
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    yield f"{server}/{name}"
    store.engine().dispose()
    engine.forget()
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()


def kette(*arguments: str) -> Result:
    """Run a command, to which the source of these tests is unknown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SOURCES__FAKE__API_KEY", raising=False)
        return CliRunner().invoke(app, arguments)


def message(number: int) -> Message:
    body = f'{{"number": {number}, "text": "Müller \\u0000"}}'.encode() + bytes([0, 255])
    return Message("tawk", f"event {number}", "chat:start", body, store.now())


def test_a_source_is_loaded_with_the_control_store_in_postgres(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_CONTROL_URL", database)
    switch_on(monkeypatch)
    bad = row(3, id=None)
    (result,) = run(source(stream([[row(1), row(2), bad]])))
    assert (result.seen, result.loaded, result.quarantined) == (3, 2, 1)
    assert query("select id from raw_fake.things order by id") == ["1", "2"]
    assert ledger.unbalanced_streams() == []
    assert not (settings().home / "control.db").exists()

    assert inbox.store([message(1), message(1), message(2)]) == [True, False, True]
    assert inbox.waiting() == {"tawk": 2}
    told = kette("doctor").output
    assert "✓ control store: postgresql" in " ".join(told.split())


def test_doctor_makes_nothing_in_an_empty_database(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_CONTROL_URL", database)
    result = kette("doctor")
    assert isinstance(result.exception, SystemExit | None)
    assert "✓ schemas" in result.output
    with sa.create_engine(control_engine_url(database)).connect() as connection:
        assert sa.inspect(connection).get_table_names(schema="kette_control") == []


def control_engine_url(database: str) -> str:
    return database.replace("postgresql://", "postgresql+psycopg2://")


def everything() -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: store.rows(sa.select(table).order_by(*table.primary_key))
        for table in tables.metadata.sorted_tables
        if table.name != "facts"
    }


def test_the_store_moves_from_sqlite_row_by_row_and_goes_on_there(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    switch_on(monkeypatch)
    run(source(stream([[row(1), row(2), row(3, id=None)]])))
    inbox.store([message(number) for number in range(1200)])
    store.remember("a key", "a value")
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.known_figures).values(
                metric="mrr", period_start=store.now().date(), journey_phase="all",
                known_from="1", numerator=0.1 + 0.2, denominator=1e300, sample_size=2**53 + 1,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(tables.row_changes).values(
                change_id="1", version="1", model="m", period_start=store.now().date(),
                change="added", columns="", row_count=1, measures={"z": 1.5, "a": None},
                rows=[["ü", None, {"b": 1, "a": [1, 2]}]],
            )
        )  # fmt: skip
    before = everything()
    assert len(before["webhook_inbox"]) == 1200

    moved = kette("control", "move", database)
    assert moved.exit_code == 0, moved.output
    # the old one is not written any more, by whoever has it open either
    for _ in range(2):
        stays = kette("quarantine", "list")
        assert stays.exit_code == 1
        assert "was moved to postgresql://" in " ".join(stays.output.split())

    monkeypatch.setenv("KETTE_CONTROL_URL", database)
    assert everything() == before
    assert store.fact("a key") == "a value"
    # numbers go on, messages are recognised, loads go on
    assert inbox.store([message(7), message(5000)]) == [False, True]
    numbers = [found["id"] for found in everything()["webhook_inbox"]]
    assert numbers == sorted(set(numbers))
    run(source(stream([[row(4)]])))
    assert query("select id from raw_fake.things order by id") == ["1", "2", "4"]

    again = kette("control", "move", f"sqlite:///{tmp_path}/back.db")
    assert again.exit_code == 0, again.output
    monkeypatch.setenv("KETTE_CONTROL_URL", f"sqlite:///{tmp_path}/back.db")
    assert len(everything()["webhook_inbox"]) == 1201


def test_a_store_that_is_not_empty_takes_no_other(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_CONTROL_URL", database)
    store.remember("of another", "Kette")
    monkeypatch.delenv("KETTE_CONTROL_URL")
    store.remember("mine", "value")
    refused = kette("control", "move", database)
    assert refused.exit_code == 1
    assert "the table facts there is not empty" in " ".join(refused.output.split())
    assert store.fact("mine") == "value"


def test_a_backup_of_postgres_is_a_file_that_can_be_put_in_its_place(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KETTE_CONTROL_URL", database)
    inbox.store([message(number) for number in range(20)])
    before = everything()
    made = backup.make(tmp_path)
    monkeypatch.setenv("KETTE_CONTROL_URL", f"sqlite:///{made.folder / 'control.db'}")
    assert everything() == before


def test_dagster_keeps_its_runs_beside_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_CONTROL_URL", database)
    monkeypatch.setenv("KETTE_DAGSTER_URL", database)
    store.remember("a key", "a value")
    home = instance.prepare()
    assert "kette@" not in (home / "dagster.yaml").read_text()
    import dagster as dg

    @dg.asset
    def thing() -> None: ...

    with dg.DagsterInstance.get() as storage:
        assert dg.materialize([thing], instance=storage).success
        assert storage.get_runs_count() == 1
        assert "Postgres" in type(storage.run_storage).__name__
    assert store.recent_runs() == []
    assert store.fact("a key") == "a value"
    assert not list(home.rglob("*.db"))
    assert json.dumps(store.latest_ledger()) == "[]"
