"""Turns what the machine refuses into a sentence: full disks, forbidden folders, damaged files.

Any library can meet such a failure at any line. It is explained in this one place for commands, loads
in their own processes, Dagster's steps and `kette doctor`.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from ingestion.errors import KetteError
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR})
FREE_SPACE = "Free some space, then run again: what was committed stays"
RIGHTS = "Make it writable for this user, or set KETTE_HOME to a folder that is"
OPEN_ELSEWHERE = "it is open in another program"
CONTROL_DAMAGED = (
    "Move it and the files beside it that begin with its name away, put the latest backup in its "
    "place (docs/runbook.md, Backup), or run without: what the warehouse knows is taken over"
)
WAREHOUSE_DAMAGED = (
    "Move it and the file beside it that ends in .wal away, put the latest backup in its place, or "
    "run without: everything is read again, messages from the inbox too"
)
# words of SQLite and of Postgres → what it means
_FULL = ("database or disk is full", "no space left", "could not extend file")
_FORBIDDEN = ("readonly database", "read-only", "permission denied", "unable to open database file")
_DAMAGED = ("malformed", "not a database", "disk i/o error")
_BUSY = ("database is locked",)


def in_words(error: BaseException) -> KetteError | None:
    """Return what to tell of a failure that the machine is the cause of; None for any other."""
    for cause in _chain(error):
        if isinstance(cause, KetteError):
            return cause
        if isinstance(cause, sa.exc.SQLAlchemyError):
            return of_control_store(cause)
        if isinstance(cause, duckdb.Error):
            if found := of_warehouse(cause):
                return found
        elif isinstance(cause, OSError) and (found := _of_file(cause)):
            return found
    return None


@contextmanager
def told() -> Iterator[None]:
    """Raise what the machine refuses during the block as a sentence.

    Raises:
        KetteError: It refused something.
    """
    try:
        yield
    except KetteError:
        raise
    except Exception as error:
        if sentence := in_words(error):
            # without the chain: messages of libraries quote values
            raise sentence from None
        raise


def of_control_store(error: sa.exc.SQLAlchemyError) -> KetteError:
    """Return what to tell of a failure of the control store; never a value that was written."""
    driver = getattr(error, "orig", None)
    text = str(driver or type(error).__name__)
    words = text.lower()
    where = control_place()
    if _says(words, _FULL):
        return KetteError("the disk is full", where=where, fix=FREE_SPACE)
    if _says(words, _FORBIDDEN):
        return KetteError("the control store cannot be opened or written", where=where, fix=RIGHTS)
    if _says(words, _DAMAGED):
        return KetteError("the control store is damaged", where=where, fix=CONTROL_DAMAGED)
    if _says(words, _BUSY):
        return KetteError(
            "another program holds the control store", where=where, fix="End it and run again"
        )
    first = " ".join(text.split("\n", maxsplit=1)[0].split())
    return KetteError(
        f"the control store cannot be used ({first})",
        where=where,
        fix="Check KETTE_CONTROL_URL, and that the database runs and lets this user in",
    )


def of_warehouse(error: duckdb.Error) -> KetteError | None:
    """Return what to tell of a warehouse that cannot be opened, read or written.

    Returns:
        None where the statement is to blame and not the file.
    """
    text, path = str(error).lower(), settings().warehouse
    where = str(path)
    if _says(text, _FULL):
        return KetteError("the disk is full", where=where, fix=FREE_SPACE)
    if "conflicting lock" in text or "could not set lock" in text:
        return KetteError(OPEN_ELSEWHERE, where=where, fix="Close that program and run again")
    if _says(text, _FORBIDDEN):
        return KetteError("it cannot be opened or written", where=where, fix=RIGHTS)
    if is_damage(error):
        return damaged_warehouse(path)
    return None


def damaged_warehouse(path: Path) -> KetteError:
    """Return what to tell of a warehouse whose content is not what was written."""
    return KetteError("it is damaged", where=str(path), fix=WAREHOUSE_DAMAGED)


def is_damage(error: duckdb.Error) -> bool:
    """Return whether it is the file that is at fault."""
    kinds = (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.FatalException,
        duckdb.InternalException,
    )
    words = ("corrupt", "checksum", "not a valid duckdb", "failed to deserialize", "invalidated")
    return isinstance(error, kinds) or _says(str(error).lower(), words)


def control_place() -> str:
    """Return where the control store is, without a password."""
    url = sa.make_url(settings().control_url)
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string()


def _of_file(error: OSError) -> KetteError | None:
    where = str(error.filename or settings().home)
    if error.errno in FULL:
        return KetteError("the disk is full", where=where, fix=FREE_SPACE)
    if error.errno in FORBIDDEN:
        return KetteError("it cannot be written", where=where, fix=RIGHTS)
    return None


def _says(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was wrapped around, the outermost first."""
    # a chain may lead back to where it began
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        # dlt keeps the cause beside the chain
        before = None if error.__suppress_context__ else error.__context__
        error = getattr(error, "exception", None) or error.__cause__ or before
