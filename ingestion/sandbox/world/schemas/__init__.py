"""The tables of the systems that are a file each: a module here describes what one of them keeps.

A module offers ``TABLES``, the columns of each table by its name (``<system>/<table>``), in the
sense of `ingestion/sandbox/world/schema.py`. The module of the same name under ``systems/`` fills
them.
"""

from __future__ import annotations

import importlib
import pkgutil

import pyarrow as pa

TEXT, INT, BOOL, REAL = pa.string(), pa.int64(), pa.bool_(), pa.float64()


def names() -> list[str]:
    """Return the systems that are described here."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def tables() -> dict[str, dict[str, pa.DataType]]:
    """Return the tables of all of them."""
    return {
        name: columns
        for system in names()
        for name, columns in importlib.import_module(f"{__name__}.{system}").TABLES.items()
    }
