"""Nobody else on the machine reads what Kette writes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.settings import CHECKOUT, settings

if TYPE_CHECKING:
    from tests.conftest import Company


def open_to_others(folder: Path) -> list[str]:
    """Return what others may read, write or enter."""
    found = [folder, *folder.rglob("*")]
    return [
        f"{path} {stat.filemode(path.lstat().st_mode)}"
        for path in found
        if not path.is_symlink() and path.lstat().st_mode & 0o077
    ]


@pytest.fixture(autouse=True)
def _as_most_machines_are_set_up() -> None:
    os.umask(0o022)


def test_what_is_written_is_its_owners_alone(kette_home: Path) -> None:
    store.remember("a", "b")
    (settings().home / "logs").mkdir()
    (settings().home / "logs" / "x.log").write_text("x")
    assert open_to_others(kette_home) == []
    assert {path.name for path in kette_home.iterdir()} >= {"control.db", "control.db-wal", "logs"}


def test_what_children_write_is_too(kette_home: Path) -> None:
    settings()
    kette_home.mkdir()
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('')"
    subprocess.run([sys.executable, "-c", program, str(kette_home / "x")], check=True)
    assert open_to_others(kette_home) == []


def test_a_folder_that_an_older_version_left_open_is_closed(kette_home: Path) -> None:
    (kette_home / "dlt" / "x").mkdir(parents=True)
    for name in ("control.db", "dlt/state.json", "dlt/x/y"):
        (kette_home / name).write_bytes(b"")
    (kette_home / "dlt" / "x" / "run.sh").touch(0o755)
    elsewhere = kette_home.parent / "elsewhere"
    elsewhere.touch(0o644)
    (kette_home / "link").symlink_to(elsewhere)
    assert len(open_to_others(kette_home)) == 7
    settings()
    assert open_to_others(kette_home) == []
    assert stat.filemode((kette_home / "dlt" / "x" / "run.sh").stat().st_mode) == "-rwx------"
    # what a link leads to is left alone
    assert elsewhere.stat().st_mode & 0o777 == 0o644


def test_databases_that_stand_elsewhere_are_closed_with_their_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    for name in ("w.duckdb", "w.duckdb.wal", "c.db", "c.db-wal", "notes.txt"):
        (there / name).touch(0o644)
    monkeypatch.setenv("KETTE_WAREHOUSE", str(there / "w.duckdb"))
    monkeypatch.setenv("KETTE_CONTROL_URL", f"sqlite:///{there / 'c.db'}")
    settings()
    left = [Path(line.split(" ")[0]).name for line in open_to_others(there)]
    assert left == ["there", "notes.txt"]


def test_a_folder_that_is_shared_is_not_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setenv("KETTE_HOME", str(shared))
    monkeypatch.setenv("KETTE_CONTROL_URL", "postgresql://nobody@127.0.0.1/x")
    before = Path.cwd().stat().st_mode
    settings()
    assert (shared.stat().st_mode & 0o7777, Path.cwd().stat().st_mode) == (0o1777, before)


def test_the_receiver_writes_for_its_owner_alone(kette_home: Path) -> None:
    program = (
        "import os; os.umask(0o022)\n"
        "from ingestion.control import store\n"
        "from ingestion.webhooks import inbox\n"
        "inbox.store([inbox.Message('tawk', 'e', None, b'{}', store.now())])\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=True)
    assert store.rows(sa.select(tables.webhook_inbox.c.event_id)) == [{"event_id": "e"}]
    assert open_to_others(kette_home) == []


def test_after_a_whole_run_all_is_its_owners_alone(company: Company) -> None:
    assert open_to_others(company.home) == []
