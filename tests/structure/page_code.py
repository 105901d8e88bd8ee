"""What the pages' code reads: the functions each page reaches, and the SQL that they run."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.settings import CHECKOUT
from orchestration.withheld import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARDS = CHECKOUT / "dashboards"
ROOMS = ("dashboards", "explore")
ENTRY = "dashboards.streamlit_app"
TABLE = re.compile(
    rf"\b(?:from|join)\s+(?:(?:marts|metrics)\.(\w+)|catalogue\.({'|'.join(CATALOGUE)})\b)"
)
Node = tuple[str, str]


@dataclass(frozen=True)
class Query:
    """One piece of SQL, and the function that runs it."""

    module: str
    function: str
    sql: str

    @property
    def name(self) -> str:
        """Return the last part of the module and the function."""
        return f"{self.module.rpartition('.')[2]}.{self.function}"


def modules() -> list[str]:
    """Return every module of the dashboards."""
    return sorted(
        ".".join(file.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")
        for file in DASHBOARDS.rglob("*.py")
    )


def rooms() -> set[str]:
    """Return the modules whose functions pages call: their own, and those they share with commands."""
    files = (CHECKOUT / "explore").glob("[!_]*.py")
    return {*modules(), *(f"explore.{file.stem}" for file in files)}


@cache
def tree(module: str) -> ast.Module:
    """Return the code of a module."""
    file = CHECKOUT.joinpath(*module.split(".")).with_suffix(".py")
    if not file.exists():
        file = file.with_suffix("") / "__init__.py"
    return ast.parse(file.read_text())


@cache
def _top(module: str) -> dict[str, list[ast.stmt]]:
    """Return the statements of a module by the name that they define; all others have none."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in tree(module).body:
        names = [""]
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names = [statement.name]
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [
                node.id for each in targets for node in ast.walk(each) if isinstance(node, ast.Name)
            ]
        for name in names:
            found.setdefault(name, []).append(statement)
    return found


@cache
def _imported(module: str) -> dict[str, Node]:
    """Return what a module's names of other modules stand for."""
    found: dict[str, Node] = {}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ROOMS):
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                target = (inner, "") if inner in rooms() else (str(node.module), each.name)
                found[each.asname or each.name] = target
    return found


def _mentioned(module: str, statements: list[ast.stmt]) -> Iterator[Node]:
    """Yield what statements name of their own module and of others."""
    imported = _imported(module)
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                target = imported.get(node.value.id)
                if target and not target[1]:
                    yield target[0], node.attr
            elif isinstance(node, ast.Name):
                if node.id in _top(module):
                    yield module, node.id
                elif node.id in imported and imported[node.id][1]:
                    yield imported[node.id]


def _reached(script: str) -> set[Node]:
    """Return all that a script may call, directly or through others."""
    waiting: list[Node] = [(script, name) for name in _top(script)]
    found: set[Node] = set()
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        found.add(node)
        module, name = node
        waiting += _mentioned(module, _top(module).get(name, []))
    return found


def tables_read(script: str) -> set[str]:
    """Return the published tables that a page reads.

    Args:
        script: The page's file in ``app_pages``.
    """
    page = f"dashboards.app_pages.{script.removesuffix('.py')}"
    return {
        table
        for module, name in _reached(ENTRY) | _reached(page)
        for statement in _top(module).get(name, [])
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for tables in TABLE.findall(node.value)
        for table in tables
        if table
    }


def queries() -> list[Query]:
    """Return all SQL of the pages, each with the function that runs it."""
    return [
        Query(module, name, sql)
        for module in modules()
        for name, statements in _top(module).items()
        for statement in statements
        if isinstance(statement, ast.FunctionDef)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and _is_query(call)
        for sql in _texts(call.args[1], importlib.import_module(module), statement)
    ]


def _is_query(call: ast.Call) -> bool:
    """Return whether a call runs SQL: ``warehouse.rows`` or ``warehouse.frame``."""
    named = call.func
    return (
        isinstance(named, ast.Attribute)
        and named.attr in ("rows", "frame")
        and isinstance(named.value, ast.Name)
        and named.value.id == "warehouse"
    )


def _texts(node: ast.expr, module: Any, function: ast.FunctionDef) -> list[str]:
    """Return what a text of the code may be; texts put into it are constants of its module."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(_part(each, module) for each in node.values)]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return list(getattr(module, node.value.id).values())
    assigned = [
        each.value
        for each in ast.walk(function)
        if isinstance(each, ast.Assign)
        and isinstance(node, ast.Name)
        and any(isinstance(target, ast.Name) and target.id == node.id for target in each.targets)
    ]
    assert len(assigned) == 1, f"{function.name}: write the SQL where it is run"
    return _texts(assigned[0], module, function)


def _part(node: ast.expr, module: Any) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.FormattedValue)
    assert isinstance(node.value, ast.Name), "only a constant of the module may be put into SQL"
    return str(getattr(module, node.value.id))
