"""What the dbt project says: its models, seeds and checks, and their SQL as dbt would compile it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jinja2
import yaml

from orchestration.project import PROJECT_DIR, SEEDS_DIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import CodeType

KEY = re.compile(r"_(id|uuid|uri|key)$")
_JINJA = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
MACRO = re.compile(r"{%-?\s*macro\s+(\w+).*?endmacro\s*-?%}", re.DOTALL)


@dataclass
class Node:
    """A model, a seed or a check.

    Attributes:
        columns: Column and type, in the order of the contract; empty where there is none.
        config: What the yml says beside it; texts are rendered.
        arguments: Of a generic check.
    """

    name: str
    kind: str
    path: Path
    schema: str = ""
    materialized: str = "view"
    sql: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    parents: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Check:
    """A check that stands beside a model: the model's name, what is checked, and its SQL."""

    name: str
    sql: str
    only_warns: bool = False


class Returned(Exception):  # noqa: N818 - control flow of dbt's return()
    """What a macro returns instead of its text."""

    def __init__(self, value: object) -> None:
        self.value = value


class Project:
    """The project under the variables of a run.

    Args:
        variables: What stands in place of the defaults of dbt_project.yml.
        database: The name of the database in which everything lies.
    """

    def __init__(self, variables: Mapping[str, Any], database: str = "memory") -> None:
        self.settings = _yaml(PROJECT_DIR / "dbt_project.yml")
        self.variables = {**self.settings["vars"], **variables}
        self.database = database
        self.documents = [_yaml(path) for path in _files(PROJECT_DIR / "models", "*.yml")]
        self.documents += [_yaml(path) for path in _files(SEEDS_DIR, "*.yml")]
        self._node: Node | None = None
        self._macros: dict[str, Callable[..., Any]] = {}
        self._modules: dict[str, Any] = {}
        self._load_macros()
        self.seeds = {node.name: node for node in self._seeds()}
        self.models = {node.name: node for node in self._models()}
        for node in self.models.values():
            self._complete(node)

    def render(self, text: str, node: Node | None = None) -> str:
        """Return a text of the project as dbt would compile it."""
        self._node = node
        return str(self._template(text).render())

    def ordered(self) -> list[Node]:
        """Return the models, each behind those that it reads."""
        done: dict[str, Node] = {}

        def add(node: Node) -> None:
            if node.name not in done:
                for parent in sorted(node.parents & self.models.keys()):
                    add(self.models[parent])
                done[node.name] = node

        for name in sorted(self.models):
            add(self.models[name])
        return list(done.values())

    def checks(self) -> Iterable[Check]:
        """Yield every check of the project: those of the yml and the files under tests/."""
        for document in self.documents:
            for kind in ("models", "seeds"):
                for described in document.get(kind) or []:
                    relation = self._relation(described["name"])
                    for check in described.get("data_tests") or []:
                        yield self._generic(described["name"], relation, None, check)
                    for column in described.get("columns") or []:
                        for check in column.get("data_tests") or []:
                            yield self._generic(described["name"], relation, column["name"], check)
        for path in _files(PROJECT_DIR / "tests", "*.sql"):
            text = path.read_text()
            yield Check(path.stem, self.render(text), only_warns="severity='warn'" in text)

    def _generic(self, model: str, relation: str, column: str | None, check: Any) -> Check:
        kind, said = (check, {}) if isinstance(check, str) else next(iter(check.items()))
        arguments = {"column_name": column, **(said.get("arguments") or {})}
        where = (said.get("config") or {}).get("where")
        expression = arguments["column_name"]
        rows = f"(select * from {relation} where {self.render(where) if where else 'true'})"
        if kind == "not_null":
            sql = f"select * from {rows} where {expression} is null"
        elif kind == "unique":
            sql = (
                f"select {expression} from {rows} where {expression} is not null "
                f"group by 1 having count(*) > 1"
            )
        elif kind == "accepted_values":
            values = ", ".join(
                "'" + str(value).replace("'", "''") + "'" for value in arguments["values"]
            )
            sql = (
                f"select * from {rows} where {expression} is not null "
                f"and cast({expression} as varchar) not in ({values})"
            )
        elif kind == "relationships":
            other = self.render("{{ " + arguments["to"] + " }}")
            sql = (
                f"select * from {rows} where {expression} is not null and {expression} not in "
                f"(select {arguments['field']} from {other} where {arguments['field']} is not null)"
            )
        else:
            raise ValueError(f"{model}: this harness does not know the check {kind}")
        # as macros/key_tests.sql and dbt_project.yml have it: what is wrong with a key blocks
        blocks = kind in {"unique", "relationships"} or (
            kind == "not_null" and KEY.search(str(expression)) is not None
        )
        name = f"{kind}_{model}_{' '.join(str(expression).split())}"
        return Check(name, sql, only_warns=not blocks)

    def _complete(self, node: Node) -> None:
        """Render a model, which tells its parents and what it is materialised as."""
        source = node.path.read_text()
        if node.path.suffix == ".py":
            node.materialized = "python"
            node.parents = set(re.findall(r"""dbt\.ref\(["'](\w+)["']\)""", source))
        else:
            node.sql = self.render(source, node)
        node.config = {
            name: self.render(value) if isinstance(value, str) else value
            for name, value in node.config.items()
        }

    def _models(self) -> Iterable[Node]:
        described = {
            model["name"]: model
            for document in self.documents
            for model in document.get("models") or []
        }
        folders = self.settings["models"]["kette"]
        for path in [
            *_files(PROJECT_DIR / "models", "*.sql"),
            *_files(PROJECT_DIR / "models", "*.py"),
        ]:
            folder = folders[path.relative_to(PROJECT_DIR / "models").parts[0]]
            said = described.get(path.stem, {})
            has_contract = bool((folder.get("+contract") or {}).get("enforced"))
            yield Node(
                name=path.stem,
                kind="model",
                path=path,
                schema=folder["+schema"],
                materialized=folder.get("+materialized", "view"),
                columns={
                    column["name"]: column["data_type"]
                    for column in said.get("columns") or []
                    if has_contract
                },
                config=dict(said.get("config") or {}),
            )

    def _seeds(self) -> Iterable[Node]:
        described = {
            seed["name"]: seed
            for document in self.documents
            for seed in document.get("seeds") or []
        }
        for path in _files(SEEDS_DIR, "*.csv"):
            config = described.get(path.stem, {}).get("config") or {}
            yield Node(
                name=path.stem,
                kind="seed",
                path=path,
                schema=self.settings["seeds"]["kette"]["+schema"],
                columns=dict(config.get("column_types") or {}),
            )

    def _relation(self, name: str) -> str:
        node = self.models.get(name) or self.seeds[name]
        return f'"{self.database}"."{node.schema}"."{name}"'

    def _load_macros(self) -> None:
        """Make each macro callable from every text, with dbt's return()."""
        for path in _files(PROJECT_DIR / "macros", "*.sql"):
            # each by itself, so that what one returns ends none that calls it
            for macro in MACRO.finditer(path.read_text()):
                self._macros[macro[1]] = functools.partial(self._call, macro[0], macro[1])

    def _template(self, text: str) -> jinja2.Template:
        return jinja2.Template.from_code(
            _JINJA, _compiled(text), _JINJA.make_globals(self._names())
        )

    def _call(self, text: str, name: str, *arguments: Any, **named: Any) -> Any:
        try:
            if text not in self._modules:
                self._modules[text] = self._template(text).module
            return getattr(self._modules[text], name)(*arguments, **named)
        except Returned as returned:
            return returned.value

    def _names(self) -> dict[str, Any]:
        """Return what stands in every text, as dbt gives it."""
        return {
            **self._macros,
            "ref": self._ref,
            "source": lambda source, table: (
                f'"{self.database}"."raw_{source}"."{table}"'
                if source != "kette"
                else f'"{self.database}"."kette"."{table}"'
            ),
            "var": lambda name, default=None: self.variables.get(name, default),
            "config": self._configure,
            "return": self._return,
            "target": SimpleNamespace(database=self.database, schema="main", type="duckdb"),
            "run_started_at": datetime.now(UTC),
            "modules": SimpleNamespace(re=re),
            "execute": True,
        }

    def _ref(self, *names: str) -> str:
        if self._node:
            self._node.parents.add(names[-1])
        return self._relation(names[-1])

    def _configure(self, **given: Any) -> str:
        if self._node and "materialized" in given:
            self._node.materialized = given["materialized"]
        return ""

    @staticmethod
    def _return(value: object) -> None:
        raise Returned(value)


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.rglob(pattern))


def _yaml(path: Path) -> dict[str, Any]:
    return _read(path.read_text())


# the worlds of a test process share what is the same in all
@functools.cache
def _read(text: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return read


@functools.cache
def _compiled(text: str) -> CodeType:
    return _JINJA.compile(text)
