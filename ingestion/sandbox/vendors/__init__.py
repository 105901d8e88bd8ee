"""The vendors, a folder each: what the company's people leave behind in one, and how it is asked.

A folder here is a source that the sandbox plays. In it

- ``api`` is the vendor's protocol: ``router(store)``, which is mounted at ``/<its name>``, and
  ``settings(base_url, start_date)``, what points the source there. It may offer ``RATE_LIMITED``,
  the body of its answer to too many calls, and ``files(folder)``, further settings that name files
  of a world;
- ``schema``, where it keeps tables, has ``TABLES``: the columns of each by its name
  (``<vendor>/<table>``);
- ``tables``, where it fills them by itself, offers
  ``tables(company)``: yields each table's name and columns, as the vendor shows them by now;
  ``files(company, folder)``, where it hands over files: yields the path and content of each, the
  tables being written in ``folder`` before;
  and, where it names people or meets them,
  ``IDENTIFIERS``: the kinds of identifier that only it has, as (type, namespace, whether one of
  them alone tells who somebody is);
  ``identify(company, notes)``: notes whose each identifier is, and which records name two
  (`company/notes.py`);
  ``touches(company)``: yields ((type, namespace), values, persons, seconds since 1970, act): who was
  in touch when, the identifier that shows it, and what it was (`company/acts.py`);
  ``employees(company)``: yields ((type, namespace), values): of whom it tells the account, in a way
  that leads to the account's billing;
  ``conversations(company, found)``: its requests for help, in the form of
  `truth/journeys.py`.

What else lies there is the vendor's own: its records, and how its API writes them (``objects``).
Draws take names of their own (``"<vendor> …"``), so that a new vendor changes nothing about the
others.

Tables are Parquet files of their names below the sandbox's folder (`mixpanel/events` is one per month
of the event's UTC time: `mixpanel/events-2025-03.parquet`). They show each vendor's state at the
world's now (midnight UTC at the start of `until`), and nothing later:

- a record that has not reached its vendor yet, was deleted, or was merged into another is absent;
- a moment that lies ahead (a closing date, a link) is null. The one exception: activities and
  subscription ends that were scheduled in time keep their future date.

So an API filters by what the client asks for and never by the clock. Columns ending in `_s` are
seconds and in `_ms` milliseconds since 1970 in UTC; `_cents` are minor units; `_json` is JSON text
in the vendor's own form, to be embedded as it is. Money is in EUR.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    import pyarrow as pa


def names() -> list[str]:
    """Return the sources that the sandbox plays, in order of their names."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def api(name: str) -> ModuleType:
    """Return the module of a vendor's protocol."""
    return importlib.import_module(f"{__name__}.{name}.api")


def systems() -> list[ModuleType]:
    """Return the modules of the vendors that fill their tables by themselves."""
    return _modules("tables")


def tables() -> dict[str, dict[str, pa.DataType]]:
    """Return the columns of all tables by their names."""
    return {
        name: columns for module in _modules("schema") for name, columns in module.TABLES.items()
    }


def _modules(name: str) -> list[ModuleType]:
    paths = (f"{__name__}.{vendor}.{name}" for vendor in names())
    return [importlib.import_module(path) for path in paths if importlib.util.find_spec(path)]
