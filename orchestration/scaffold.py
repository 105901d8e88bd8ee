"""The skeleton of a new source, from templates that mirror the tree.

A source consists of its own files, one line in the registry, one in the map of what sources offer to the
models (``OFFERS``) and a few in ``.env.example``. Assets, schedules, freshness and checks follow from the
registry.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT

TEMPLATES = Path(__file__).parent / "templates" / "source"
REGISTRY = Path("ingestion/registry.py")
OFFERS = Path("dbt_project/macros/offers.sql")
# the first of what is no system of its own
OFFERS_BEFORE = "        'surveys': {"
EXAMPLE = Path(".env.example")
WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
EXAMPLE_LINES = """\
# --- ${Title} {rule}
# An API key that may read
# SOURCES__${NAME}__API_KEY=
# SOURCES__${NAME}__BASE_URL=
# SOURCES__${NAME}__START_DATE=2020-01-01

"""
EXAMPLE_BEFORE = "# --- Kette itself "
WIDTH = 100


def write(name: str, stream: str, root: Path = CHECKOUT) -> list[Path]:
    """Write the skeleton and return the files that were written or changed, relative to the root.

    Args:
        name: The service's name in snake_case.
        stream: Its first table, in the plural.
        root: The checkout.

    Raises:
        KetteError: A name is no snake_case word, or the source exists; nothing is written then.
    """
    for word in (name, stream):
        if not WORD.fullmatch(word) or keyword.iskeyword(word):
            raise KetteError(
                f"{word!r} is no snake_case word",
                where="new-source",
                fix="Use small letters, digits and single underscores, e.g. zendesk",
            )
    values = {
        "name": name,
        "NAME": name.upper(),
        "Title": "".join(part.capitalize() for part in name.split("_")),
        "stream": stream,
        "record": stream.removesuffix("s") or stream,
    }
    texts = {
        _target(template, values): Template(template.read_text()).safe_substitute(values)
        for template in sorted(TEMPLATES.rglob("*.tmpl"))
    }
    for path in texts:
        if (root / path).exists():
            raise KetteError(f"{path} exists", where=name, fix="Choose another name")
    texts[REGISTRY] = _registered((root / REGISTRY).read_text(), name)
    texts[OFFERS] = _offering((root / OFFERS).read_text(), name)
    texts[EXAMPLE] = _listed((root / EXAMPLE).read_text(), values)
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(texts)


def _target(template: Path, values: dict[str, str]) -> Path:
    relative = str(template.relative_to(TEMPLATES)).removesuffix(".tmpl")
    return Path(relative.replace("NAME", values["name"]).replace("STREAM", values["stream"]))


def _registered(text: str, name: str) -> str:
    """Return the registry with the source's import and its place in the tuple."""
    imported = re.search(r"from ingestion\.sources import \(?([^()\n]+|[^()]+)\)?\n", text)
    if imported is None or "REGISTRY" not in text:
        raise KetteError("the registry has another form", where=str(REGISTRY), fix="Add it by hand")
    names = sorted({*re.findall(r"\w+", imported.group(1)), name})
    line = f"from ingestion.sources import {', '.join(names)}\n"
    if len(line) > WIDTH:
        line = "from ingestion.sources import (\n" + "".join(f"    {n},\n" for n in names) + ")\n"
    text = text.replace(imported.group(0), line)
    entries = re.search(r"REGISTRY[^=]*= \(([^)]*)\)", text)
    if entries is None:
        raise KetteError("the registry has another form", where=str(REGISTRY), fix="Add it by hand")
    listed = [*re.findall(r"(\w+)\.LOAD", entries.group(1)), name]
    joined = "".join(f"    {n}.LOAD,\n" for n in listed)
    return text[: entries.start(1)] + "\n" + joined + text[entries.end(1) :]


def _offering(text: str, name: str) -> str:
    """Return the map of what sources offer with the source, which offers nothing yet."""
    if OFFERS_BEFORE not in text:
        raise KetteError("the map has another form", where=str(OFFERS), fix="Add it by hand")
    return text.replace(
        OFFERS_BEFORE, f"        '{name}': {{'contracts': []}},\n{OFFERS_BEFORE}", 1
    )


def _listed(text: str, values: dict[str, str]) -> str:
    """Return ``.env.example`` with the source's variables, before Kette's own."""
    rule = "-" * (WIDTH - len(f"# --- {values['Title']} "))
    lines = Template(EXAMPLE_LINES).safe_substitute(values).replace("{rule}", rule)
    before, mark, after = text.partition(EXAMPLE_BEFORE)
    return before + lines + mark + after
