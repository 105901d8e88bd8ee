"""Several shells on one data folder: who comes second waits and says so, and nothing outlives a kill."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from ingestion.settings import CHECKOUT, child_environment, settings
from orchestration import preparation
from orchestration.host import processes
from tests.ingestion.sources.emulator import serve
from tests.orchestration.test_loading import delighted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ingestion.sources.emulator import Request

# a busy machine takes its time; where all is well nobody waits for so long
DEADLINE_SECONDS = 120
CONSOLE, DAGSTER = "kette run", "Dagster's run 1a2b3c4d of build_and_publish"
# begins a build as they do, and says what they say
BUILD = """
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from ingestion.control import locks
from orchestration import preparation, reporting
from orchestration.commands.common import progress

locks.SILENT_SECONDS = 0
name = sys.argv[1]
locks.call_me(name)
is_dagster = name.startswith("Dagster")
with nullcontext() if is_dagster else progress():
    if is_dagster:
        reporting.log_to(SimpleNamespace(info=lambda text: print(text, flush=True)))
    with preparation.prepared():
        print("it builds", flush=True)
        sys.stdin.read()
"""
# in place of dbt: opens the warehouse as dbt does, tells its number, and builds for ever
DBT = """#!{python}
import os, signal, duckdb
connection = duckdb.connect({warehouse!r})
with open({told!r}, "w") as told:
    told.write(str(os.getpid()))
signal.pause()
"""
# every way in which dbt is started
STARTS = {
    "by hand": "from orchestration import by_hand; by_hand.run(['build'])",
    "parse": "project.run_dbt('parse')",
    "in Dagster": """
from ingestion.settings import export
from orchestration.dagster import tied_dbt
export(project.environment())
tied_dbt.resource().cli(["build"], target_path=project.run_path()).wait()
""",
}
LOADS = """
import os, sys
from orchestration import loading
os.environ["PYTHONPATH"] = sys.argv[1]
loading.Loads(["delighted"], at_once=1).take("delighted")
"""
SERVES = """
import sys
from pathlib import Path
from orchestration import serve
supervisor = serve.Supervisor([serve.Service("one", sys.argv[2:], 0, "", "", "")], Path(sys.argv[1]))
supervisor.start()
supervisor.watch()
"""
# a program whose child is deaf to all but kill -9, as a run of Dagster may be
DEAF = """
import os, signal, subprocess, sys
code = (
    "import os, signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "told = open(sys.argv[1], 'w'); told.write(str(os.getpid())); told.close(); signal.pause()"
)
subprocess.Popen([sys.executable, "-c", code, sys.argv[1]])
signal.pause()
"""


@contextmanager
def started(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python in another shell; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=CHECKOUT,
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], DEADLINE_SECONDS)[0], "it says nothing"
    return process.stdout.readline().strip()


class Told:
    """A pipe by which a process of another shell tells its number."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self.met: list[psutil.Process] = []

    def process(self) -> psutil.Process:
        """Return who tells its number."""
        pipe = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert select.select([pipe], [], [], DEADLINE_SECONDS)[0], "nobody tells"
            self.met.append(psutil.Process(int(os.read(pipe, 100))))
        finally:
            os.close(pipe)
        return self.met[-1]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    pipe = Told(tmp_path / "told")
    yield pipe
    for process in pipe.met:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def assert_all_end(family: list[psutil.Process]) -> None:
    _gone, alive = psutil.wait_procs(family, timeout=DEADLINE_SECONDS)
    for process in alive:
        process.kill()
    assert alive == []


@pytest.mark.parametrize("names", [(CONSOLE, DAGSTER), (DAGSTER, CONSOLE)])
def test_who_comes_second_says_for_whom_it_waits_and_both_end_well(names: tuple[str, str]) -> None:
    first_name, second_name = names
    with started(BUILD, first_name) as first:
        assert next_line(first) == "it builds"
        with started(BUILD, second_name) as second:
            said = next_line(second)
            assert said.startswith(f"warehouse: waiting for {first_name} (pid {first.pid}, since 2")
            assert said.endswith(" UTC). It goes on by itself when that has ended")
            first.communicate()
            assert second.communicate()[0] == "it builds\n"
            assert (first.returncode, second.returncode) == (0, 0)


@pytest.mark.parametrize("way", STARTS)
def test_dbt_ends_with_who_started_it_and_the_next_build_begins(
    way: str, told: Told, tmp_path: Path
) -> None:
    with preparation.prepared():
        pass
    dbt = tmp_path / "dbt"
    warehouse = str(settings().warehouse)
    dbt.write_text(DBT.format(python=sys.executable, warehouse=warehouse, told=told.path))
    dbt.chmod(0o700)
    code = f"from orchestration import project; project.dbt_executable = lambda: {str(dbt)!r}\n"
    with started(code + STARTS[way]) as parent:
        child = told.process()
        assert child.ppid() == parent.pid
        parent.kill()
        parent.wait()
        # whoever comes next need not know of it
        with preparation.prepared():
            assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_dbt_that_was_being_started_meanwhile_does_not_begin(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    # somebody else is the parent by now
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.host.tied", "1", "touch", str(begun)],
        cwd=CHECKOUT,
        check=False,
    )
    assert done.returncode != 0
    assert not begun.exists()


@pytest.mark.parametrize("stage", ["while the server imports", "while a source is read"])
def test_loads_end_with_who_started_them(
    stage: str, tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_asked, is_over = threading.Event(), threading.Event()

    def silent(_: Request) -> list[object]:
        is_asked.set()
        is_over.wait(DEADLINE_SECONDS)
        return []

    path = str(CHECKOUT)
    if stage == "while the server imports":
        # an import that never comes to its end
        (tmp_path / "dlt.py").write_text(
            f"import os, signal; open({told.path!r}, 'w').write(str(os.getpid())); signal.pause()"
        )
        path = f"{tmp_path}:{path}"
    with serve(silent) as vendor:
        for name, value in delighted(vendor.url).items():
            monkeypatch.setenv(name, value)
        with started(LOADS, path) as parent:
            try:
                if stage == "while the server imports":
                    told.process()
                else:
                    assert is_asked.wait(DEADLINE_SECONDS)
                family = psutil.Process(parent.pid).children(recursive=True)
                assert family
                parent.kill()
                parent.wait()
                assert_all_end(family)
            finally:
                is_over.set()


def test_what_services_started_ends_when_kette_serve_is_killed(told: Told, tmp_path: Path) -> None:
    with started(SERVES, str(tmp_path), sys.executable, "-c", DEAF, told.path) as parent:
        told.process()
        family = psutil.Process(parent.pid).children(recursive=True)
        # the keeper, the service and its child
        assert len(family) == 3
        parent.kill()
        parent.wait()
        assert_all_end(family)


def test_what_a_killed_service_started_ends_with_the_others(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it is deaf to what is asked politely
    monkeypatch.setattr(processes, "STOP_SECONDS", 1)
    with_child = processes.start([sys.executable, "-c", DEAF, told.path], subprocess.DEVNULL)
    child = told.process()
    with_child.kill()
    with_child.wait()
    processes.end([with_child])
    assert_all_end([child])


def test_what_a_service_starts_while_it_ends_ends_too(told: Told) -> None:
    code = (
        "import os, signal, subprocess, sys\n"
        "def last(*_):\n"
        f"    subprocess.Popen([sys.executable, '-c', {DEAF!r}, sys.argv[2]])\n"
        "    os._exit(0)\n"
        "signal.signal(signal.SIGTERM, last)\n"
        "told = open(sys.argv[1], 'w'); told.write(str(os.getpid())); told.close()\n"
        "signal.pause()\n"
    )
    begun, late = told, Told(Path(f"{told.path}-late"))
    service = processes.start(
        [sys.executable, "-c", code, begun.path, late.path], subprocess.DEVNULL
    )
    begun.process()
    # whoever is started opens the other pipe, and waits there until somebody reads
    processes.end([service])
    assert_all_end([each for each in psutil.process_iter() if _group(each) == service.pid])


def _group(process: psutil.Process) -> int | None:
    with suppress(ProcessLookupError):
        return os.getpgid(process.pid)
    return None
