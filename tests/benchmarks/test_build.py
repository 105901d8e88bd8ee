"""What a run costs, and what a build costs beside the bare queries of its models."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.settings import CHECKOUT
from orchestration import checks
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record

SUBJECT = "Build of the demo, 2,000 persons over 24 months"
KETTE = (sys.executable, "-m", "orchestration.cli")
MOST_FIRST, MOST_SECOND = 150, 60
MOST_WITH_TESTS, MOST_OF_BARE = 1.35, 2.0
# processor time of the models' queries alone, each as a table, on one connection in memory
BARE = """
import json, sys, time
from pathlib import Path
from tests.chain.build import Chain
from tests.chain.project import Project
variables = json.loads(sys.argv[1])
chain = Chain(Project(variables), Path(sys.argv[2]))
chain.seed()
begin = time.process_time()
chain.build()
print(time.process_time() - begin)
"""
# what a build does after dbt: the tests of columns
TESTS = """
import json, sys, time
from pathlib import Path
import duckdb
from orchestration import checks
manifest = json.loads(Path(sys.argv[1]).read_text())
connection = duckdb.connect(sys.argv[2], read_only=True)
begin = time.process_time()
results = list(checks.run(connection, manifest, []))
print(time.process_time() - begin)
assert {result["status"] for result in results} == {"pass"}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder for the demo."""
    return tmp_path_factory.mktemp("build") / "home"


def _run(home: Path, *command: str) -> tuple[float, float, str]:
    """Run a program; return its seconds, its processor time with its children's, and its output."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=clean_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return seconds, cpu, done.stdout


def test_a_run_of_the_demo(home: Path, record: Record) -> None:
    first, first_cpu, printed = _run(home, *KETTE, "run")
    assert "Published  version" in printed
    second, second_cpu, printed = _run(home, *KETTE, "run")
    assert "nothing new since the build" in printed
    record(SUBJECT, "`kette run`, the sandbox made", f"{first:.0f} s", f"≤ {MOST_FIRST} s")
    record(SUBJECT, "processor time of that run", f"{first_cpu:.0f} s")
    record(SUBJECT, "`kette run` again, nothing new", f"{second:.0f} s", f"≤ {MOST_SECOND} s")
    record(SUBJECT, "processor time of the second run", f"{second_cpu:.0f} s")


def test_tests_and_dbt_cost_little_beside_the_queries(home: Path, record: Record) -> None:
    with duckdb.connect(str(home / "serving" / "current.duckdb"), read_only=True) as published:
        ((as_of,),) = published.execute("select as_of from catalogue.about").fetchall()
    given = json.dumps({"as_of": as_of.isoformat()})
    warehouse = str(home / "warehouse.duckdb")
    _, models, _ = _run(home, *KETTE, "dbt", "--quiet", "run")
    _, built, _ = _run(
        home, *KETTE, "dbt", "--quiet", "build", "--exclude-resource-type", "unit_test",
        *checks.EXCLUDED,
    )  # fmt: skip
    manifest = str(home / "dbt" / "target" / "manifest.json")
    tests = float(_run(home, sys.executable, "-c", TESTS, manifest, warehouse)[2])
    bare = float(_run(home, sys.executable, "-c", BARE, given, warehouse)[2])
    with_tests, of_bare = (built + tests) / models, models / bare
    record(SUBJECT, "processor time of the bare queries", f"{bare:.0f} s")
    record(SUBJECT, "the models built by dbt, beside it", f"{of_bare:.2f} x", f"≤ {MOST_OF_BARE}")
    record(
        SUBJECT,
        "built and tested, beside built only",
        f"{with_tests:.2f} x",
        f"≤ {MOST_WITH_TESTS}",
    )
    assert with_tests <= MOST_WITH_TESTS
    assert of_bare <= MOST_OF_BARE
