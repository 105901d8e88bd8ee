"""The macros of the dbt project that need no dbt: rendered to SQL as dbt would render them."""

from __future__ import annotations

import functools
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import jinja2

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = CHECKOUT / "dbt_project" / "macros"
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+).*?endmacro\s*-?%}", re.DOTALL)


def sql(name: str, **arguments: Any) -> str:
    """Return the SQL of a macro.

    Args:
        name: The macro.
        arguments: Of the macro. What they hold becomes SQL as it stands: a value that somebody typed is
            named by a bound parameter instead.

    Raises:
        KetteError: The macro refuses the arguments.
    """
    return str(_macros()[name](**arguments)).strip()


@functools.cache
def _macros() -> dict[str, Callable[..., str]]:
    """Return every macro that is text alone; each finds the others by name, as in dbt."""
    environment = jinja2.Environment(  # noqa: S701 - it writes SQL, not HTML
        extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined
    )
    environment.globals["exceptions"] = SimpleNamespace(raise_compiler_error=_refuse)
    texts = {
        macro[1]: macro[0]
        for path in sorted(FOLDER.glob("*.sql"))
        for macro in _MACRO.finditer(path.read_text(encoding="utf-8"))
    }

    def called(name: str, *given: Any, **named: Any) -> str:
        module: Any = compiled(name)
        return str(getattr(module, name)(*given, **named))

    @functools.cache
    def compiled(name: str) -> object:
        return environment.from_string(texts[name]).module

    macros = {name: functools.partial(called, name) for name in texts}
    environment.globals.update(macros)
    return macros  # type: ignore[return-value]


def _refuse(message: str) -> NoReturn:
    raise KetteError(message, where="explore", fix="docs/funnels.md lists what there is")
