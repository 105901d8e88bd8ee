"""The fields that the staging models read, found in their SQL, and a record with one of them changed."""

from __future__ import annotations

import copy
import itertools
import re
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ingestion.toolkit.source import Stream
    from tests.chain.project import Project

Path = tuple["str | int", ...]

TABLE = re.compile(r'"raw_(\w+)"\."(\w+)"')
READ = re.compile(r"'/([^'/][^']*)'|'\$\.([^']+)'")
# parameters of GA4's events are pairs of a list
PARAMETER = re.compile(r"parameter = '(\w+)'")
DEEPEST = 6


def read_paths(project: Project) -> Mapping[tuple[str, str], set[Path]]:
    """Return by source and table the paths in its document that the models read."""
    found: dict[tuple[str, str], set[Path]] = defaultdict(set)
    texts = {node.name: node.sql for node in project.models.values() if node.schema == "staging"}
    for sql in texts.values():
        paths = {_path(one or other) for one, other in READ.findall(sql)}
        paths |= {("event_params", name) for name in PARAMETER.findall(sql)}
        for source, table in TABLE.findall(sql):
            found[source, table] |= paths
    return found


def _path(text: str) -> Path:
    parts = re.split(
        r"[/.]", re.sub(r"\[(\d)\]", r"/\1", text.replace("[*]", "/0").replace('"', ""))
    )
    return tuple(int(part) if part.isdigit() else part for part in parts if part)


def places(document: Any, at: Path = ()) -> Iterator[Path]:
    """Yield every place of a document, of each list the first element's."""
    if at:
        yield at
    if len(at) >= DEEPEST:
        return
    if isinstance(document, dict):
        for name, value in document.items():
            yield from places(value, (*at, name))
    elif isinstance(document, list) and document:
        yield from places(document[0], (*at, 0))


def changed(record: dict[str, Any], column: str, path: Path, value: Any) -> dict[str, Any]:
    """Return a record with another value in a column, or at a place of its document."""
    if not path:
        return {**record, column: value}
    document = copy.deepcopy(record[column])
    if path[0] == "event_params" and len(path) == 2:
        pair = {"key": path[1], "value": {"string_value": value}}
        kept = [each for each in document.get("event_params") or [] if each["key"] != path[1]]
        return {**record, column: {**document, "event_params": [*kept, pair]}}
    document = document if isinstance(document, dict) else {}
    at: Any = document
    for step, following in itertools.pairwise(path):
        below = at[step] if _has(at, step) else None
        if not isinstance(below, dict | list):
            below = [] if isinstance(following, int) else {}
        _put(at, step, below)
        at = below
    _put(at, path[-1], value)
    return {**record, column: document}


def _has(at: Any, step: str | int) -> bool:
    return step in at if isinstance(at, dict) else isinstance(step, int) and step < len(at)


def _put(at: Any, step: str | int, value: Any) -> None:
    if isinstance(at, dict):
        at[str(step)] = value
    elif isinstance(step, int):
        at[step : step + 1] = [value]


def own_key(stream: Stream) -> str:
    """Return the part of the key that is the record's own: what stands before it says whose it is."""
    texts = [name for name in stream.primary_key if stream.columns[name] == "text"]
    return (texts or list(stream.primary_key))[-1]


def with_key(stream: Stream, record: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a record as another one: with a key of its own, and its parts with theirs."""
    name = own_key(stream)
    kind, old = stream.columns[name], record[name]
    own = f"{old}~{number}" if kind == "text" else _later(old, number)
    parts = {
        column: _with_own_ids(record[column], number)
        for column, kind in stream.columns.items()
        if kind == "json" and isinstance(record[column], dict)
    }
    return {**record, **parts, name: own}


def _later(old: Any, number: int) -> Any:
    if isinstance(old, str):
        old = date.fromisoformat(old)
    if isinstance(old, date):
        return old + timedelta(days=number % 3000)
    return old + number


def _with_own_ids(document: dict[str, Any], number: int) -> dict[str, Any]:
    """Give the objects in a document's lists ids of their own."""
    return {
        name: [
            {**part, "uuid": f"{part['uuid']}~{number}"}
            if isinstance(part, dict) and "uuid" in part
            else part
            for part in value
        ]
        if isinstance(value, list)
        else value
        for name, value in document.items()
    }
