"""What all tests share: a data folder of their own, no network beyond the loopback address, and
the rules by which tests that this machine cannot run are left out by name.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from ingestion import hiding
from ingestion.settings import CHECKOUT, child_environment, settings
from orchestration import project

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dagster as dg

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL_BROWSER = "apt-get install chromium"
INSTALL_POSTGRES = "apt-get install postgresql"
MARKERS = {
    "browser": "drives a headless Chromium",
    "postgres": "starts a Postgres of its own",
    "real_data": "reads the data sets that KETTE_REAL_DATA names",
    "proof": "a long proof, run by `make proof`",
    "bench": "a measurement, run by `make bench`",
}
# what a person's environment must not bring into a test
OWN_PREFIXES = ("KETTE_", "SOURCES__", "DBT_", "DAGSTER_", "DESTINATION__")
LEFT_OUT = pytest.StashKey[dict[str, str]]()
REAL_DATA = pytest.StashKey[str | None]()


@dataclass(frozen=True)
class Company:
    """A small simulated company after one whole run."""

    home: Path
    seed: int
    environment: Mapping[str, str]
    output: str


def find_browser() -> str | None:
    """Return the Chromium of this machine, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="seed of the simulated company, to repeat a failure")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their kind: what is packed holds the time, and workers must agree on names."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_configure(config: pytest.Config) -> None:
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")
    environment = child_environment()
    config.stash[REAL_DATA] = environment.get("KETTE_REAL_DATA")
    config.stash[LEFT_OUT] = left_out = {}
    if find_browser() is None:
        if environment.get("KETTE_REQUIRE_BROWSER") == "1":
            raise pytest.UsageError(f"no Chromium is installed: {INSTALL_BROWSER}")
        left_out["browser"] = f"the browser tests: no Chromium; to run them: {INSTALL_BROWSER}"
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        if environment.get("KETTE_REQUIRE_POSTGRES") == "1":
            raise pytest.UsageError(f"no Postgres is installed: {INSTALL_POSTGRES}")
        left_out["postgres"] = f"Postgres as control store: to run it: {INSTALL_POSTGRES}"
    if not environment.get("KETTE_REAL_DATA"):
        left_out["real_data"] = "the tests against real orders: KETTE_REAL_DATA is not set"
    if not config.getoption("markexpr"):
        left_out["proof"] = "the long proofs: `make proof` runs them"
        left_out["bench"] = "the measurements: `make bench` runs them"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set(config.stash[LEFT_OUT])
    asked_for = " ".join(config.args)
    if "benchmarks" in asked_for:
        left_out.discard("bench")
    excluded = [item for item in items if left_out & {mark.name for mark in item.iter_markers()}]
    if excluded:
        config.hook.pytest_deselected(items=excluded)
        items[:] = [item for item in items if item not in excluded]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    # only a run of everything is told what it lacks
    if any(Path(arg).name == "tests" for arg in config.args):
        for text in config.stash[LEFT_OUT].values():
            terminalreporter.write_line(f"left out: {text}")


def isolated(home: Path) -> dict[str, str]:
    """Return the variables of a test's own world."""
    return {
        "KETTE_HOME": str(home),
        "KETTE_ENV_FILE": "none",
        "DLT_DATA_DIR": str(home / "dlt"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment for a child process: this one without anybody's own settings."""
    inherited = {
        name: value
        for name, value in child_environment().items()
        if not name.startswith(OWN_PREFIXES)
    }
    return {**inherited, **isolated(home)}


@pytest.fixture(autouse=True)
def kette_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a data folder of its own and none of the machine's settings."""
    for name in child_environment():
        if name.startswith(OWN_PREFIXES):
            monkeypatch.delenv(name)
    for name, value in isolated(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _plain_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no page that another test has opened be the main module, which processes import."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.fixture(autouse=True)
def _no_secret_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test hide what another one called a secret."""
    monkeypatch.setattr("ingestion.hiding._known", hiding._Known())


@pytest.fixture(scope="session")
def real_data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of data that nobody here wrote; mark such a test ``real_data``."""
    given = request.config.stash[REAL_DATA]
    assert given, "mark the test real_data: it is left out where KETTE_REAL_DATA is not set"
    path = Path(given).expanduser().absolute()
    if not path.is_file():
        return path
    # the file of orders itself was named
    folder = tmp_path_factory.mktemp("real_data")
    (folder / "orders").mkdir()
    (folder / "orders" / "cdnow_orders.csv.gz").symlink_to(path)
    return folder


@pytest.fixture(scope="session")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Return a small company that went through one whole `kette run`; do not change its folder."""
    return make_company(request, tmp_path_factory, "company", customers=300, months=12)


@pytest.fixture(scope="session")
def manifest_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the manifest of the dbt project, parsed once for all workers of a session."""
    home = shared_folder(request, tmp_path_factory) / "parsed"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated(home).items():
            patch.setenv(name, value)
        return project.ensure_manifest()


@pytest.fixture(scope="session")
def repository(manifest_file: Path) -> dg.RepositoryDefinition:
    """Return what Dagster knows; no source is on."""
    with pytest.MonkeyPatch.context() as patch:
        # home / dbt / target / manifest.json
        for name, value in isolated(manifest_file.parents[2]).items():
            patch.setenv(name, value)
        from orchestration.definitions import defs

        return defs.get_repository_def()


def shared_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers of a session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


def make_company(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    *,
    customers: int,
    months: int,
) -> Company:
    """Make a company and run the whole chain on it, once for all workers of a session.

    Its seed is drawn anew in each session, so that no expected value can be written down.
    """
    shared = shared_folder(request, tmp_path_factory)
    home, note = shared / name, shared / f"{name}.json"
    environment = clean_environment(home)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            chosen = request.config.getoption("seed")
            seed = secrets.randbelow(100_000) if chosen is None else chosen
            make = (
                "from datetime import date\n"
                "from orchestration.host import demo\n"
                f"demo.ensure_world(customers={customers}, months={months}, seed={seed}, "
                "until=date(2026, 6, 1))\n"
            )
            output = _run_python(environment, seed, "-c", make)
            output += _run_python(environment, seed, "-m", "orchestration.cli", "run")
            note.write_text(json.dumps({"seed": seed, "output": output}))
    made = json.loads(note.read_text())
    return Company(home, made["seed"], environment, made["output"])


def _run_python(environment: Mapping[str, str], seed: int, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=dict(environment),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"--seed {seed}\n{output}"
    return output


@pytest.fixture
def in_company(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Let the test's settings point at the company's folder."""
    for name, value in isolated(company.home).items():
        monkeypatch.setenv(name, value)
    assert settings().home == company.home
    return company
