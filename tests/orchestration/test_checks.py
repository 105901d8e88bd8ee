"""What the tests of columns say is what dbt itself says of the same tables, test by test."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from ingestion.settings import CHECKOUT
from orchestration import checks
from orchestration.host import tied

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = random.randrange(1_000_000)
MODELS = {
    "parents": "select * from raw.parents",
    "things": "select * from raw.things",
    "unbuilt": "select no_such_column from raw.things",
}
COUNTS = {"severity": "warn", "warn_if": "> 3"}
BOTH = {"severity": "error", "error_if": "> 100000", "warn_if": ">= 1"}


def arguments(kind: str, config: dict[str, Any] | None = None, **given: Any) -> Any:
    """Return a test as the yml has it; a name in the configuration is the test's own."""
    said = dict(config or {})
    name = {"name": said.pop("name")} if "name" in said else {}
    return {kind: {**name, "arguments": given, "config": said}}


# one test of each kind and each thing that dbt's configuration says of it
TESTS: dict[str, list[Any]] = {
    "thing_id": ["unique", "not_null"],
    "mark": [
        arguments("not_null", {"severity": "warn"}),
        arguments("not_null", {"name": "few_lack_a_mark", **COUNTS}),
        arguments("unique", {"name": "a_mark_is_rare", "where": "amount > 50", "limit": 2}),
        arguments("unique", {"name": "a_mark_may_repeat", **BOTH}),
        arguments("accepted_values", values=["a", "b", "c"]),
    ],
    "amount": [
        arguments("accepted_values", values=[1, 2, 3], quote=False),
        arguments("not_null", {"where": "mark is null and amount < 0"}),
    ],
    "parent_id": [
        arguments("relationships", to="ref('parents')", field="parent_id"),
        arguments(
            "relationships",
            {"name": "its_raw_parent_is_there", "severity": "warn"},
            to="source('raw', 'parents')",
            field="parent_id",
        ),
    ],
}


def documents() -> dict[str, Any]:
    columns = [{"name": name, "data_tests": tests} for name, tests in TESTS.items()]
    whole = [
        arguments(
            "unique",
            {"name": "whole_unique"},
            column_name="thing_id || '-' || coalesce(mark, '')",
        ),
        arguments("not_null", {"name": "whole_not_null"}, column_name="nullif(amount, 7)"),
    ]
    return {
        "models": [
            {"name": "things", "columns": columns, "data_tests": whole},
            {"name": "parents", "columns": [{"name": "parent_id", "data_tests": ["unique"]}]},
            {
                "name": "unbuilt",
                "columns": [{"name": "no_such_column", "data_tests": ["not_null"]}],
            },
        ],
        "sources": [{"name": "raw", "tables": [{"name": "parents"}, {"name": "things"}]}],
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Return the warehouse of a small project, its manifest, and what dbt says of each test."""
    folder = tmp_path_factory.mktemp("tested")
    (folder / "models").mkdir()
    (folder / "macros").mkdir()
    key_tests = CHECKOUT / "dbt_project" / "macros" / "key_tests.sql"
    (folder / "macros" / "key_tests.sql").write_text(key_tests.read_text())
    for name, query in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(query)
    (folder / "models" / "all.yml").write_text(yaml.safe_dump(documents()))
    project = {
        "name": "kette",
        "profile": "tested",
        "flags": {
            "send_anonymous_usage_stats": False,
            "require_generic_test_arguments_property": True,
        },
        "models": {"kette": {"+materialized": "view", "things": {"+materialized": "table"}}},
        "data_tests": {"kette": {"+severity": "warn"}},
    }
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    warehouse = folder / "tested.duckdb"
    output = {"type": "duckdb", "path": str(warehouse), "threads": 1}
    profile = {"tested": {"target": "here", "outputs": {"here": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    _fill(warehouse)
    said = _dbt(folder, "run")
    failed = {each["unique_id"]: each for each in said if each["status"] == "error"}
    results = _dbt(folder, "test", "--exclude", "unbuilt")
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    return warehouse, manifest, {each["unique_id"]: each for each in results} | failed


def _fill(warehouse: Path) -> None:
    """Write tables with all that is wrong with tables, differently each time."""
    chance = random.Random(SEED)
    marks = ["a", "b", "c", "a@b.example", None]
    parents = [(chance.choice([1, 2, 2, 3, None]),) for _ in range(6)]
    things = [
        (
            chance.randrange(20),
            chance.choice(marks),
            chance.choice([1, 3, 7, 60, 80, None, -5]),
            number,
        )
        for number in [*(chance.choice([1, 2, 3, 4, None]) for _ in range(chance.randrange(5, 30)))]
    ]
    with closing(duckdb.connect(str(warehouse))) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.parents (parent_id integer)")
        connection.executemany("insert into raw.parents values (?)", parents)
        connection.execute(
            "create table raw.things (thing_id integer, mark text, amount integer, parent_id integer)"
        )
        connection.executemany("insert into raw.things values (?, ?, ?, ?)", things)


def _dbt(folder: Path, *words: str) -> list[dict[str, Any]]:
    command = tied.command(str(Path(sys.executable).with_name("dbt")), "--quiet", *words)
    subprocess.run(
        [*command, "--project-dir", str(folder), "--profiles-dir", str(folder)],
        cwd=folder,
        check=False,
        capture_output=True,
    )
    results: list[dict[str, Any]] = json.loads(
        (folder / "target" / "run_results.json").read_text()
    )["results"]
    return results


@pytest.fixture
def connection(built: tuple[Path, dict[str, Any], Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the small project's warehouse."""
    with closing(duckdb.connect(str(built[0]), read_only=True)) as opened:
        yield opened


def test_each_test_says_what_dbt_says(
    built: tuple[Path, dict[str, Any], dict[str, Any]], connection: duckdb.DuckDBPyConnection
) -> None:
    _, manifest, dbts = built
    ours = {
        each["unique_id"]: (each["status"], each["failures"])
        for each in checks.run(connection, manifest, [])
        if "unbuilt" not in each["unique_id"]
    }
    theirs = {
        unique_id: (each["status"], each["failures"])
        for unique_id, each in dbts.items()
        if unique_id.startswith("test.")
    }
    assert ours == theirs, f"seed {SEED}"
    assert len({status for status, _ in ours.values()}) > 1


def test_a_test_of_what_was_not_built_is_skipped(
    built: tuple[Path, dict[str, Any], dict[str, Any]], connection: duckdb.DuckDBPyConnection
) -> None:
    _, manifest, dbts = built
    failed = [each for each in dbts.values() if each["unique_id"] == "model.kette.unbuilt"]
    said = {
        each["unique_id"].split(".")[2]: each["status"]
        for each in checks.run(connection, manifest, failed)
    }
    assert said.pop("not_null_unbuilt_no_such_column") == "skipped"
    assert "skipped" not in said.values()


def test_what_dbt_has_tested_is_not_asked_again(
    built: tuple[Path, dict[str, Any], dict[str, Any]], connection: duckdb.DuckDBPyConnection
) -> None:
    _, manifest, dbts = built
    said = list(checks.run(connection, manifest, list(dbts.values())))
    assert [each["status"] for each in said] == ["skipped"]


def test_only_what_is_asked_for_is_asked(
    built: tuple[Path, dict[str, Any], dict[str, Any]], connection: duckdb.DuckDBPyConnection
) -> None:
    _, manifest, _ = built
    wanted = next(each for each in manifest["nodes"] if "few_lack_a_mark" in each)
    assert [each["unique_id"] for each in checks.run(connection, manifest, [], [wanted])] == [
        wanted
    ]


class Small:
    """A manifest of one table and one test, and the table."""

    def __init__(self, kind: str, config: dict[str, Any] | None = None, **said: Any) -> None:
        usual = {
            "severity": "error",
            "fail_calc": "count(*)",
            "warn_if": "!= 0",
            "error_if": "!= 0",
        }
        self.connection = duckdb.connect()
        self.connection.execute("create schema marts")
        self.connection.execute("create table marts.t (t_id text, mail text, n integer)")
        self.manifest = {
            "nodes": {
                "model.kette.t": {"resource_type": "model", "schema": "marts", "alias": "t"},
                "test.kette.x": {
                    "unique_id": "test.kette.x",
                    "resource_type": "test",
                    "config": {**usual, **(config or {})},
                    "attached_node": "model.kette.t",
                    "depends_on": {"nodes": ["model.kette.t"]},
                    "test_metadata": {"name": kind, "kwargs": said},
                },
                "test.kette.key": {
                    "unique_id": "test.kette.key",
                    "resource_type": "test",
                    "config": usual,
                    "attached_node": "model.kette.t",
                    "depends_on": {"nodes": ["model.kette.t"]},
                    "test_metadata": {"name": "unique", "kwargs": {"column_name": "t_id"}},
                },
            },
            "sources": {},
            "child_map": {"model.kette.t": ["test.kette.x", "test.kette.key"]},
        }

    def rows(self, *rows: tuple[Any, ...]) -> Small:
        """Add rows."""
        self.connection.executemany("insert into marts.t values (?, ?, ?)", rows)
        return self

    def said(self) -> dict[str, Any]:
        """Return the result of its test."""
        (result,) = checks.run(self.connection, self.manifest, [], ["test.kette.x"])
        return result


def test_a_message_names_the_rows_that_lack_a_value() -> None:
    world = Small("not_null", column_name="n").rows(
        ("k1", "", None), ("k2", "", 2), ("k3", "", None)
    )
    assert world.said()["message"] == "Got 2 rows, configured to fail if != 0: k1, k3"


def test_a_message_names_the_repeated_values() -> None:
    world = Small("unique", column_name="n").rows(("k1", "", 7), ("k2", "", 7), ("k3", "", 8))
    said = world.said()
    assert said["message"] == "Got 1 value, configured to fail if != 0: 7"
    assert world.connection.execute(said["compiled_code"]).fetchall() == [(7, 2)]


def test_no_address_stands_in_a_message() -> None:
    world = Small("unique", column_name="mail").rows(
        ("k1", "ada@example.com", 1), ("k2", "ada@example.com", 2)
    )
    assert world.said()["message"] == "Got 1 value, configured to fail if != 0: …@…"


def test_a_test_that_cannot_be_asked_says_why_and_the_others_are_asked() -> None:
    world = Small("not_null", column_name="nothing").rows(("k1", "", 1), ("k1", "", 2))
    said = {each["unique_id"]: each for each in checks.run(world.connection, world.manifest, [])}
    assert said["test.kette.x"]["status"] == "error"
    assert "nothing" in said["test.kette.x"]["message"]
    assert (said["test.kette.key"]["status"], said["test.kette.key"]["failures"]) == ("fail", 1)


@pytest.mark.parametrize(
    ("config", "said", "why"),
    [
        (
            {"fail_calc": "sum(n)"},
            {"column_name": "n"},
            "`fail_calc` is not for tests of this kind",
        ),
        ({"store_failures": True}, {"column_name": "n"}, "`store_failures` is not for tests"),
    ],
)
def test_what_is_not_understood_is_said(
    config: dict[str, Any], said: dict[str, Any], why: str
) -> None:
    result = Small("not_null", config, **said).said()
    assert (result["status"], why in result["message"]) == ("error", True)


def test_a_parent_that_is_no_reference_is_said() -> None:
    result = Small("relationships", column_name="n", to="somewhere", field="n").said()
    assert result["status"] == "error"
    assert "neither ref('model') nor source('name', 'table')" in result["message"]
