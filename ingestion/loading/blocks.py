"""Checks whether the blocks of a DuckDB file are as they were written.

DuckDB notices a changed block only when it reads it, and reading every table takes long. But each block
begins with a checksum of the rest, and checking those takes only as long as reading the file. If a
checksum differs, the tables are read to decide, because a free block may hold half of what a killed
process wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import duckdb
import numpy as np

from ingestion import troubles

if TYPE_CHECKING:
    from pathlib import Path

HEADERS_BYTES = 3 * 4096
START, FACTOR = np.uint64(5381), np.uint64(0xBF58476D1CE4E5B9)
AT_ONCE = 64


class _Size(NamedTuple):
    block_bytes: int
    # free blocks at the end are counted though the file may have been shortened by them
    total: int
    used: int


def is_damaged(path: Path) -> bool:
    """Return whether the content of a file that can be opened is not what was written.

    Raises:
        duckdb.Error: It cannot be opened.
    """
    connection = duckdb.connect(str(path), read_only=True)
    try:
        size = _size(connection)
        is_suspect = _is_shorter(path, size, size.total) or not _adds_up(path, size.block_bytes)
        return is_suspect and _is_unreadable(connection)
    finally:
        connection.close()


def is_cut(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Return whether the end of an open file is missing: as good as free to ask of a whole one."""
    size = _size(connection)
    return _is_shorter(path, size, size.used) and _is_unreadable(connection)


def _size(connection: duckdb.DuckDBPyConnection) -> _Size:
    found = connection.execute(
        "select block_size, total_blocks, used_blocks from pragma_database_size()"
    ).fetchall()
    return _Size(*found[0])


def _is_shorter(path: Path, size: _Size, blocks: int) -> bool:
    return path.stat().st_size < HEADERS_BYTES + blocks * size.block_bytes


def _adds_up(path: Path, block_bytes: int) -> bool:
    with path.open("rb") as file:
        file.seek(HEADERS_BYTES)
        while content := file.read(AT_ONCE * block_bytes):
            whole = len(content) // block_bytes
            if whole * block_bytes < len(content):
                return False
            blocks = np.frombuffer(content, np.uint64).reshape(whole, -1)
            sums = np.bitwise_xor.reduce(blocks[:, 1:] * FACTOR, axis=1) ^ START
            # a block that was never written is empty
            if np.any((sums != blocks[:, 0]) & blocks.any(axis=1)):
                return False
    return True


def _is_unreadable(connection: duckdb.DuckDBPyConnection) -> bool:
    tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    try:
        for schema, name in tables:
            query = f'select bit_xor(hash(each)) from "{schema}"."{name}" as each'  # noqa: S608 - names from the database's own catalogue
            connection.execute(query).fetchall()
    except duckdb.Error as error:
        if troubles.is_damage(error):
            return True
        raise
    return False
