"""The YAML of a mapping file: each key once and with its line, and clear messages about errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Generator

TWICE = "twice: "
BOOL = "tag:yaml.org,2002:bool"


def load(text: str, where: str) -> Any:
    """Return what a text of YAML holds.

    Args:
        text: The text.
        where: How an error names it.

    Raises:
        KetteError: It is no YAML, or a key stands in it twice.
    """
    try:
        return yaml.load(text, _OnceEach)  # noqa: S506 - a safe loader that knows no repeated keys
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise KetteError(f"it is no valid YAML{line}", where=where, fix=_yaml_fix(error)) from None
    except (ValueError, TypeError, OverflowError, RecursionError, AttributeError, KeyError):
        raise KetteError(
            "it is no valid YAML", where=where, fix="Put dates, times and numbers in quotes"
        ) from None


class Part(dict[Any, Any]):
    """A part of a mapping file that knows in which line each of its keys stands, from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Any, int] = {}


class _OnceEach(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently take the last."""

    def construct_yaml_map(self, node: Any) -> Generator[dict[Any, Any], None, None]:
        part = Part()
        yield part
        part.update(self.construct_mapping(node))
        part.lines |= {
            key.value: key.start_mark.line + 1
            for key, _ in node.value
            if isinstance(key.value, str)
        }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - YAML's
        seen = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key.value, str) else False:
                raise yaml.MarkedYAMLError(
                    problem=f"{TWICE}{key.value}", problem_mark=key.start_mark
                )
            seen.add(key.value if isinstance(key.value, str) else id(key))
        return super().construct_mapping(node, deep)


_OnceEach.add_constructor("tag:yaml.org,2002:map", _OnceEach.construct_yaml_map)
# a column may be called "no" or "on", which only old YAML takes for false and true
_OnceEach.yaml_implicit_resolvers = {
    letter: [(tag, look) for tag, look in found if tag != BOOL]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_OnceEach.add_implicit_resolver(
    BOOL, re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _yaml_fix(error: yaml.YAMLError) -> str:
    said = getattr(error, "problem", None) or ""
    if said.startswith(TWICE):
        return f"The key {said.removeprefix(TWICE)} stands there twice: keep one of them"
    return (
        'Put values such as "," or "%d.%m.%Y" in quotes, write a blank behind each colon, and indent '
        "with blanks, not with tabs"
    )
