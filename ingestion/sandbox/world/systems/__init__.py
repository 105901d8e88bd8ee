"""The systems that are a file each: what the company's people leave behind in one of them.

A module here fills the tables that its namesake under ``schemas/`` describes. It offers

- ``tables(company)``: yields each table's name and columns, as the system shows them by now;

where the system hands over files,

- ``files(company, folder)``: yields the path and content of each file; the tables are written in
  ``folder`` before;

and, where the system names people or meets them,

- ``IDENTIFIERS``: the kinds of identifier that only it has, as (type, namespace, whether one of
  them alone tells who somebody is);
- ``identify(company, notes)``: notes whose each identifier is, and which records name two
  (`notes.py`; `truth_identity.py` imports this package, so nothing here may import that);
- ``touches(company)``: yields ((type, namespace), values, persons, seconds since 1970, act): who was
  in touch when, the identifier that shows it, and what it was (`acts.py`);
- ``employees(company)``: yields ((type, namespace), values): of whom it tells the account, in a way
  that leads to the account's billing;
- ``conversations(company, found)``: its requests for help as columns of ``truth_conversations``,
  in the form of `truth_journeys.py`.

Draws take names of their own (``"<system> …"``), so that a new system changes nothing about the
others.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def modules() -> list[ModuleType]:
    """Return the systems' modules, in order of their names."""
    return [
        importlib.import_module(f"{__name__}.{module.name}")
        for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    ]
