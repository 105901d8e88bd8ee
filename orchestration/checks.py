"""Runs the tests of columns after a build, with one query for all tests of a table.

dbt runs one query per test. Each costs about 60 ms of processor time and computes a view again. The tests
are still dbt's: they come from its manifest, mean the same, and are reported one by one in dbt's results.
dbt runs tests of other kinds itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# dbt's kinds of tests that are asked here; `kette run` leaves them out of its dbt build
KINDS = ("accepted_values", "not_null", "relationships", "unique")
EXCLUDED = ("--exclude", " ".join(f"test_name:{kind}" for kind in KINDS))
SHOWN_ROWS = 5
PASS, WARN, FAIL, ERROR, SKIPPED = "pass", "warn", "fail", "error", "skipped"
BUILT = {"success", "pass", "warn"}
REF = re.compile(r"""^\s*(?:ref|source)\(\s*(['"].*['"])\s*\)\s*$""")
# what dbt does for a test that says nothing else
DEFAULTS = {"fail_calc": "count(*)", "store_failures": None, "store_failures_as": None}


@dataclass(frozen=True)
class Test:
    """One test of a column.

    Attributes:
        unique_id: Its id in the manifest.
        relation: The table or view, as SQL.
        column: The column, or an expression over the columns.
        breach: What is true of a row that breaks the test; empty of a repeated value, which cannot be
            told row by row.
        counts_values: Whether values are counted that break the test, instead of rows.
        config: What dbt's configuration says of it.
        label: What names a row in a message: the columns that are keys of the table.
    """

    unique_id: str
    relation: str
    column: str
    breach: str
    counts_values: bool
    config: Mapping[str, Any]
    label: str

    __test__ = False

    @property
    def holds(self) -> str:
        """Return an aggregate over the relation that is true where the test holds."""
        if self.breach:
            return f"count(*) filter (where {self.breach}) = 0"
        return f"count({self.column}) = count(distinct {self.column})"

    @property
    def rows(self) -> str:
        """Return the query of what breaks the test, be it rows or values."""
        if not self.counts_values:
            return f"select * from {self.relation} where {self.breach}"
        breach = self.breach or f"{self.column} is not null"
        repeated = "" if self.breach else " having count(*) > 1"
        return (
            f"select {self.column} as value, count(*) as rows from {self.relation} "
            f"where {breach} group by 1{repeated}"
        )

    @property
    def examples(self) -> str:
        """Return the query of a text per breach, to be told beside their number."""
        named = f"cast({'value' if self.counts_values else self.label} as varchar)"
        # addresses of persons stay where they are
        told = f"case when contains({named}, '@') then '…@…' else {named} end"
        return f"select distinct {told} from ({self.rows}) order by all limit {SHOWN_ROWS}"


def run(
    connection: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    only: Iterable[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield one result per test, in the form of dbt's run_results.json.

    Args:
        connection: The warehouse; it is only read.
        manifest: dbt's manifest.
        results: What dbt says it did: what it tested itself is not asked again, and a test of a table
            that was not built is skipped.
        only: Ids of the tests that were asked for; all where it is None.
    """
    status = {result["unique_id"]: result["status"] for result in results}
    wanted = None if only is None else set(only)
    tests: dict[str, list[Test]] = defaultdict(list)
    for unique_id, node in manifest["nodes"].items():
        if (
            not _is_ours(node)
            or unique_id in status
            or (wanted is not None and unique_id not in wanted)
        ):
            continue
        if any(status.get(parent, PASS) not in BUILT for parent in node["depends_on"]["nodes"]):
            yield _result(unique_id, SKIPPED)
            continue
        try:
            test = _test(manifest, node)
        except ValueError as error:
            yield _result(unique_id, ERROR, message=str(error))
            continue
        tests[test.relation].append(test)
    for relation, of_relation in tests.items():
        yield from _asked(connection, relation, of_relation)


def _is_ours(node: Mapping[str, Any]) -> bool:
    return (
        node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") in KINDS
    )


def _asked(
    connection: duckdb.DuckDBPyConnection, relation: str, tests: list[Test]
) -> Iterator[dict[str, Any]]:
    """Ask all tests of a relation at once, and only those that do not hold one by one."""
    answers: Iterable[bool]
    try:
        asked = ", ".join(test.holds for test in tests)
        answers = connection.execute(f"select {asked} from {relation}").fetchone() or ()
    except duckdb.Error:
        # one of them cannot be asked: which one it is shows by itself
        answers = [False] * len(tests)
    for test, holds in zip(tests, answers, strict=True):
        yield (
            _result(test.unique_id, PASS, 0, query=test.rows)
            if holds
            else _breach(connection, test)
        )


def _breach(connection: duckdb.DuckDBPyConnection, test: Test) -> dict[str, Any]:
    """Return the result of a test that does not hold: how many breaches, and some of them."""
    limit = f" limit {test.config['limit']}" if test.config.get("limit") else ""
    try:
        found = connection.execute(f"select count(*) from ({test.rows}{limit})").fetchone()
        count = found[0] if found else 0
        status = _status(connection, test.config, count)
        if status == PASS:
            # dbt tells no count of what it lets pass
            return _result(test.unique_id, PASS, 0, query=test.rows)
        shown = ", ".join(str(value) for (value,) in connection.execute(test.examples).fetchall())
    except duckdb.Error as error:
        return _result(test.unique_id, ERROR, message=str(error), query=test.rows)
    condition = test.config["error_if" if status == FAIL else "warn_if"]
    what = "value" if test.counts_values else "row"
    # dbt's own sentence, with the rows that it leaves to be looked up
    message = f"Got {count} {what}{'s' * (count != 1)}, configured to {status} if {condition}"
    return _result(
        test.unique_id, status, count, f"{message}: {shown}" if shown else message, test.rows
    )


def _status(connection: duckdb.DuckDBPyConnection, config: Mapping[str, Any], count: int) -> str:
    """Return what so many breaches come to, by dbt's rule: an error before a warning."""
    for severity, condition, status in (("error", "error_if", FAIL), ("", "warn_if", WARN)):
        if severity in config["severity"].lower():
            found = connection.execute(f"select {count} {config[condition]}").fetchone()
            if found and found[0]:
                return status
    return PASS


def _result(
    unique_id: str,
    status: str,
    failures: int | None = None,
    message: str | None = None,
    query: str | None = None,
) -> dict[str, Any]:
    return {
        "unique_id": unique_id,
        "status": status,
        "failures": failures,
        "message": message,
        "compiled_code": query,
        "timing": [],
        "execution_time": 0.0,
        "thread_id": "checks",
        "adapter_response": {},
    }


def _test(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Test:
    """Return the test that a node of the manifest describes.

    Raises:
        ValueError: It says something that is not understood here.
    """
    config = node["config"]
    for name, value in DEFAULTS.items():
        if config.get(name) not in {value, False if value is None else value}:
            raise ValueError(
                f"`{name}` is not for tests of this kind: write it as a file in tests/"
            )
    kind, said = node["test_metadata"]["name"], node["test_metadata"]["kwargs"]
    tested = _node(manifest, node["attached_node"])
    column = str(said["column_name"])
    where = config.get("where")
    relation = _relation(tested)
    return Test(
        node["unique_id"],
        f"(select * from {relation} where {where})" if where else relation,
        column,
        _breach_of(kind, column, said, manifest, node),
        kind in {"accepted_values", "unique"},
        config,
        _label(manifest, node["attached_node"]) or column,
    )


def _breach_of(
    kind: str,
    column: str,
    said: Mapping[str, Any],
    manifest: Mapping[str, Any],
    node: Mapping[str, Any],
) -> str:
    if kind == "not_null":
        return f"{column} is null"
    if kind == "accepted_values":
        values = ", ".join(
            _literal(value, is_text=said.get("quote", True)) for value in said["values"]
        )
        return f"{column} not in ({values})"
    if kind == "relationships":
        field, parent = said["field"], _relation(_parent(manifest, node, said["to"]))
        return f"{column} not in (select {field} from {parent} where {field} is not null)"
    return ""


def _literal(value: object, *, is_text: bool) -> str:
    return "'" + str(value).replace("'", "''") + "'" if is_text else str(value)


def _parent(manifest: Mapping[str, Any], node: Mapping[str, Any], to: str) -> Mapping[str, Any]:
    """Return the node that ``ref('name')`` or ``source('name', 'table')`` means."""
    found = REF.match(to)
    names = [part.strip().strip("'\"") for part in found[1].split(",")] if found else []
    for parent in node["depends_on"]["nodes"]:
        if names and parent.split(".")[-len(names) :] == names:
            return _node(manifest, parent)
    raise ValueError(f"`to: {to}` is neither ref('model') nor source('name', 'table')")


def _node(manifest: Mapping[str, Any], unique_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
    return found


def _relation(node: Mapping[str, Any]) -> str:
    """Return the table or view as SQL, in whichever file the warehouse is."""
    return f'"{node["schema"]}"."{node.get("alias") or node["identifier"]}"'


def _label(manifest: Mapping[str, Any], tested: str) -> str:
    """Return the first column of a table that is held to be its key."""
    for child in manifest["child_map"].get(tested, ()):
        node = manifest["nodes"].get(child, {})
        if (node.get("test_metadata") or {}).get("name") == "unique":
            return str(node["test_metadata"]["kwargs"]["column_name"])
    return ""
