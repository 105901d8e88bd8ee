"""Checks whether a vendor accepts the configured key, without loading anything.

It sends the first request of a load, for yesterday only, so no source needs code of its own for it.
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion.control import locks, outcomes
from ingestion.errors import KetteError, MissingRightError
from ingestion.loading import dlt_package
from ingestion.loading.run import require_on
from ingestion.settings import settings
from ingestion.toolkit.source import Reader
from orchestration.host import demo, mode

if TYPE_CHECKING:
    from ingestion.toolkit.source import Load


class _AnsweredError(Exception):
    """The vendor gave an answer that a load could use."""


def check(load: Load) -> str:
    """Ask a source's vendor one thing.

    Returns:
        What to tell where it answers.

    Raises:
        KetteError: The source is off or broken, the key is refused, or nobody answers.
    """
    with demo.serving() if mode.current() == outcomes.DEMO else nullcontext():
        require_on(load)
        given = dlt_package.resolve(load)
        client = load.connect(given) if load.connect else None
        if client is None:
            return f"{load.source}: its settings are right; there is no vendor to ask"
        with locks.source_lock(load.source), closing(client):
            return _ask(load, given, client)


def _ask(load: Load, given: Any, client: Any) -> str:
    client.on_answer = _enough
    yesterday = settings().today() - timedelta(days=1)
    missing: list[str] = []
    shared: dict[str, Any] = {}
    for stream in load.streams:
        reader = Reader(
            given, client, state={}, shared=shared, known=True, dates=(yesterday, yesterday)
        )
        try:
            for _ in stream.read(reader):
                pass
        except _AnsweredError:
            right = f"{load.source}: the key is right, {client.base_url} answers"
            return f"{right}; it may not read {', '.join(missing)}" if missing else right
        except MissingRightError:
            missing.append(stream.name)
    if missing:
        raise KetteError(
            f"the key is taken, but may read nothing of {', '.join(missing)}",
            where=load.source,
            fix=f"Give it these rights; docs/sources/{load.source}.md lists them",
        )
    return f"{load.source}: its settings are right; there is nothing to ask the vendor for them"


def _enough() -> None:
    raise _AnsweredError
