"""Each command of `kette` at work on a little data, from the outside: what it prints and leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import httpx
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from ingestion.control import store, tables
from ingestion.loading import warehouse
from ingestion.sandbox.company.folder import load_world
from ingestion.settings import CHECKOUT, settings
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from orchestration import published_file, single_load
from orchestration.cli import app
from orchestration.host import demo, ports
from tests.conftest import clean_environment
from tests.ingestion.sources.files.folder import VISITS, Folder
from tests.ingestion.webhooks.running import SECRET, event
from tests.orchestration.test_publish import ROWS, build_passes, read, write_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

PATIENCE_SECONDS = 120


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def printed(*arguments: str) -> str:
    """Return what a command prints; it must succeed."""
    result = kette(*arguments)
    assert result.exit_code == 0, f"{result.output}{result.exception!r}"
    return result.stdout


def words(text: str, *start: str) -> list[str]:
    """Return the words of the first line that begins with these."""
    rows = [line.split() for line in text.splitlines()]
    return next(row for row in rows if tuple(row[: len(start)]) == start)


def mails() -> list[str]:
    with warehouse.connect() as connection:
        query = "select identifier_value from raw_files.touchpoints order by all"
        return [value for (value,) in connection.execute(query).fetchall()]


@pytest.fixture
def visits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Return a folder with three visits, one on a day that does not exist."""
    (tmp_path / "files").mkdir()
    folder = Folder(tmp_path / "files")
    folder.map(VISITS)
    folder.write(
        "a.csv",
        "seen,mail\n2026-01-30,a@x.example\n2026-01-31,b@x.example\n2026-01-32,c@x.example\n",
    )
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(folder.path))
    return folder


def test_a_source_is_loaded_and_what_was_refused_is_listed_shown_and_replayed(
    visits: Folder,
) -> None:
    loaded = printed("load", "files")
    assert words(loaded, "files", "touchpoints")[2:6] == ["3", "2", "0", "1"]
    assert mails() == ["a@x.example", "b@x.example"]

    listed = words(printed("quarantine", "list", "--source", "files"), "files", "touchpoints")
    assert "2026-01-32" in printed("quarantine", "show", listed[-1])
    # the day still does not exist
    replayed = printed("quarantine", "replay", "files")
    assert "Next" not in replayed
    assert "Mend the file, or the mapping that reads it" in replayed
    assert "c@x.example" in printed("quarantine", "show", listed[-1])
    assert mails() == ["a@x.example", "b@x.example"]


def test_a_load_tells_why_records_are_in_quarantine_and_what_to_do(visits: Folder) -> None:
    told = printed("load", "files")
    assert "1 in quarantine (touchpoints): occurred_at: no time" in told
    assert "kette quarantine list --source files" in told
    assert "Mend the file, or the mapping that reads it" in told


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (("--from", "2026-05-01", "--to", "2026-01-01"), "lies after --to 2026-01-01"),
        (("--from", "2999-01-01"), "lies ahead: there is nothing to load yet"),
    ],
)
def test_a_load_of_impossible_days_is_refused(
    visits: Folder, days: tuple[str, ...], sentence: str
) -> None:
    result = kette("load", "files", *days)
    assert (result.exit_code, sentence in result.stderr) == (1, True)


def test_doctor_tells_what_a_load_left_behind(visits: Folder) -> None:
    printed("load", "files")

    told = kette("doctor").stdout
    assert "real mode" in told
    (line,) = (line for line in told.splitlines() if line.startswith("files "))
    assert line.split()[1] == "on"
    assert "balanced" in line
    assert line.split()[-1] == "1"


def test_what_a_vendor_changed_is_shown_until_it_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No vendor changed anything" in printed("drift")
    (tmp_path / "files").mkdir()
    folder = Folder(tmp_path / "files")
    folder.map(VISITS)
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(folder.path))
    for number, column in enumerate(("stand", "booth")):
        folder.write(f"{number}.csv", f"seen,mail,{column}\n" + "2026-01-31,a@x.example,B4\n" * 60)
        printed("load", "files")

    shown = printed("drift", "files")
    assert words(shown, "files", "touchpoints", "properties.booth")[3] == "new"
    assert "accepted." in printed("drift", "files", "--accept")
    assert "No vendor changed anything" in printed("drift")


def test_the_last_build_that_passed_is_published_once_more(kette_home: Path) -> None:
    write_warehouse(0)
    build_passes()

    told = printed("publish")

    path = published_file.current()
    assert path is not None
    assert "Published " in told
    assert str(path) in told
    assert read(path, "select count(*) from marts.dim_customers") == [(ROWS,)]


def test_the_company_lives_on_for_as_many_days_as_asked(kette_home: Path) -> None:
    demo.ensure_world(customers=10, months=1, seed=3, until=date(2026, 6, 1))

    told = printed("sandbox", "advance", "--days", "2")

    assert "The company's today is 2026-06-03." in told
    assert "No receiver runs" in told
    assert load_world(settings().sandbox).until == date(2026, 6, 3)


@contextmanager
def serving(home: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that serves; it must end well when it is asked to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=CHECKOUT,
        env=clean_environment(home) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.communicate()


def answer(process: subprocess.Popen[str], port: int, path: str) -> httpx.Response:
    """Return the answer of a service that is starting."""
    transport = httpx.HTTPTransport(retries=10)
    with httpx.Client(transport=transport, base_url=f"http://{ports.HOST}:{port}") as client:
        while process.poll() is None:
            try:
                return client.get(path)
            except httpx.TransportError:
                continue
    raise AssertionError(process.communicate()[0])


def test_the_sandbox_is_made_and_served_until_it_is_stopped(kette_home: Path) -> None:
    port = ports.free()
    size = ("--customers", "10", "--months", "1", "--seed", "3", "--until", "2026-06-01")
    with serving(kette_home, "sandbox", "serve", *size, "--port", str(port)) as process:
        assert answer(process, port, "/healthz").status_code == 200
    assert load_world(settings().sandbox).until == date(2026, 6, 1)


@pytest.mark.proof
def test_everything_is_served_until_it_is_stopped(kette_home: Path) -> None:
    demo.ensure_world(customers=10, months=1, seed=3, until=date(2026, 6, 1))
    names = ("DASHBOARD", "DAGSTER", "WEBHOOK", "SANDBOX")
    chosen = {f"KETTE_{name}_PORT": str(ports.free()) for name in names}
    with serving(kette_home, "serve", **chosen) as process:
        assert process.stdout is not None
        told = "".join(iter(process.stdout.readline, "Ctrl-C stops everything.\n"))
        assert all(f"http://{ports.HOST}:{port}" in told for port in chosen.values())
        assert "Nothing is published yet" in told
    assert not any(ports.is_taken(int(port)) for port in chosen.values())


def test_a_message_is_received_and_drained(
    kette_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, sent = ports.free(), event(1)
    secret = {"SOURCES__TAWK__WEBHOOK_SECRET": SECRET}
    with serving(kette_home, "webhooks", "serve", "--port", str(port), **secret) as process:
        assert answer(process, port, "/healthz").status_code == 200
        answered = httpx.post(
            f"http://{ports.HOST}:{port}/webhooks/tawk", content=sent.body, headers=sent.headers()
        )
        assert answered.status_code == 200

    for name, value in secret.items():
        monkeypatch.setenv(name, value)
    assert "tawk: 1 messages were waiting" in printed("webhooks", "drain")
    with warehouse.connect() as connection:
        found = connection.execute("select payload from raw_tawk.webhook_events").fetchall()
    assert [json.loads(payload) for (payload,) in found] == [json.loads(sent.body)]
    assert "Nothing is waiting in the inbox." in printed("webhooks", "drain")


def test_a_source_that_is_off_does_not_keep_the_others_from_being_drained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = event(1)
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)
    inbox.store(
        [
            Message(source, "one", None, sent.body, store.now())
            for source in ("calendly", "tawk", "hubspot")
        ]
    )
    result = kette("webhooks", "drain")
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "✗ calendly: the source is off" in told
    assert "✗ hubspot: the source is off" in told
    assert words(result.stdout, "tawk", "webhook_events")[2:4] == ["1", "1"]
    assert single_load.sources_with_messages() == {"calendly": 1, "hubspot": 1}


def test_a_new_property_is_listed_with_the_brackets_of_its_name() -> None:
    for name in ("payload.utm[source]", "payload.a[/b]"):
        values = {"property": name, "change": "new", "detail": "text", "load_id": "1"}
        with store.begin() as connection:
            connection.execute(
                sa.insert(tables.schema_changes).values(
                    source="hubspot", stream="contacts", noticed_at=store.now(), **values
                )
            )
    told = printed("drift")
    assert "payload.utm[source]" in told
    assert "payload.a[/b]" in told
