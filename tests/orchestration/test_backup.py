"""A backup holds what was acknowledged, and the runbook's own steps put it back."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from ingestion.control import engine, store, tables
from ingestion.settings import CHECKOUT, child_environment, settings
from orchestration import publish
from orchestration.cli import app
from tests.ingestion.webhooks.running import event, post, receiver
from tests.orchestration.test_publish import ROWS, build_passes, read, write_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

COUNT = 20


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def forget() -> None:
    store.engine().dispose()
    engine.forget()


def bodies() -> list[bytes]:
    rows = store.rows(sa.select(tables.webhook_inbox).order_by(tables.webhook_inbox.c.id))
    return [row["body"] for row in rows]


def steps_of_restoring(backup: Path) -> str:
    """Return the commands of the runbook, with the folder of a backup in them."""
    runbook = (CHECKOUT / "docs/runbook.md").read_text()
    section = runbook.partition("### Put a backup in its place")[2]
    (commands,) = re.findall(r"```bash\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)[:1]
    return str(commands).replace("/mnt/backups/kette-20260601T040000000000Z", str(backup))


def test_every_message_answered_200_is_in_the_backup_and_comes_back(
    kette_home: Path, tmp_path: Path
) -> None:
    write_warehouse(1)
    build_passes()
    sent = [event(number) for number in range(COUNT)]
    with receiver(kette_home) as running:
        connection = running.connect()
        assert [post(connection, each) for each in sent] == [200] * COUNT
        # the receiver runs on, so that all of it is still in the journal
        assert (kette_home / "control.db-wal").stat().st_size > 0
        made = kette("backup", str(tmp_path / "backups"))
        assert made.exit_code == 0, made.output
    (backup,) = (tmp_path / "backups").iterdir()
    assert {path.name for path in backup.iterdir()} == {"control.db", "warehouse.duckdb"}
    assert {oct(path.stat().st_mode & 0o777) for path in backup.iterdir()} == {"0o600"}

    # later both are damaged
    forget()
    (kette_home / "control.db").write_bytes(b"damaged" * 1000)
    settings().warehouse.write_bytes(b"damaged" * 1000)
    done = subprocess.run(
        ["bash", "-euc", steps_of_restoring(backup)],
        cwd=CHECKOUT,
        env=child_environment({"KETTE_HOME": str(kette_home)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert bodies() == [each.body for each in sent]
    assert "✗ control store" not in kette("doctor").output
    published = publish.publish()
    assert read(published.path, "select count(*) from marts.dim_customers") == [(ROWS,)]


@pytest.mark.parametrize("name", ["control.db", "warehouse.duckdb"])
def test_what_is_damaged_is_no_backup(name: str, kette_home: Path, tmp_path: Path) -> None:
    write_warehouse(1)
    store.remember("key", "value" * 100_000)
    forget()
    path = kette_home / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused = kette("backup", str(tmp_path / "backups"))
    assert refused.exit_code == 1
    assert "damaged" in refused.output
    assert list((tmp_path / "backups").glob("*")) == []
