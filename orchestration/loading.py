"""Loads several sources at the same time, each in its own process.

Most of a load is waiting for answers and for vendors' limits. So a slow source delays no other, and a
process that dies takes no other with it. They share only the warehouse, whose lock is passed on in
turn.
"""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

from ingestion import hiding, troubles
from ingestion.control import locks, store
from ingestion.errors import KetteError
from ingestion.loading.run import run
from ingestion.registry import REGISTRY
from ingestion.settings import child_environment, export
from orchestration import reporting
from orchestration.host.processes import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from ingestion.toolkit.source import Load, StreamResult

SAY, TELL, DONE, REFUSED, BROKEN = "say", "tell", "done", "refused", "broken"
# imports everything once; each source is a fork of it, which costs nothing
_CONTEXT = multiprocessing.get_context("forkserver")
# DuckDB looks into pandas as soon as it is given a parameter or a table
_CONTEXT.set_forkserver_preload(
    ["orchestration.host.forked", "ingestion.registry", "ingestion.loading.run", "pandas"]
)


class Loads:
    """Loads of some sources, begun at once and taken one by one.

    Args:
        sources: The sources, in the order in which they begin.
        at_once: How many are loaded at the same time.
    """

    def __init__(self, sources: Iterable[str], at_once: int) -> None:
        self.processes: dict[str, BaseProcess] = {}
        self._is_over = False
        # by this thread, which lives as long as the process: with it the server ends
        forkserver.ensure_running()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="load")
        self._coming: dict[str, Future[list[StreamResult]]] = {
            source: self._threads.submit(self._load, source) for source in sources
        }

    def __contains__(self, source: str) -> bool:
        """Tell whether a source is among them and has not been taken."""
        return source in self._coming

    def take(self, source: str) -> list[StreamResult]:
        """Return what a source's load gave, once it has ended.

        Raises:
            KetteError: It failed, or its process died.
            RuntimeError: Something went wrong that nobody foresaw.
        """
        try:
            return self._coming.pop(source).result()
        except (KetteError, RuntimeError):
            raise
        except BaseException:
            # somebody ends the run
            self.end()
            raise

    def end(self) -> None:
        """End what is still being loaded: the next run goes on from there."""
        self._is_over = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self.processes.values()):
            process.terminate()
        self._threads.shutdown(wait=True)

    def _load(self, source: str) -> list[StreamResult]:
        """Load a source in a process of its own, and hand on what it tells."""
        mine, its = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(
            target=_run,
            args=(source, child_environment(), f"{locks.my_name()}, {source}", its),
            name=source,
        )
        process.start()
        self.processes[source] = process
        if self._is_over:
            process.terminate()
        its.close()
        try:
            while True:
                kind, told = mine.recv()
                if kind == SAY:
                    reporting.say(told)
                elif kind == TELL:
                    reporting.done(told)
                else:
                    return _result(kind, told)
        except EOFError:
            raise KetteError(
                "the process that loaded it died",
                where=source,
                fix="Run again: it goes on where it was",
            ) from None
        finally:
            process.join()
            del self.processes[source]


_runs: dict[str, Loads] = {}


def of_run(run_id: str, sources: Callable[[], Iterable[str]], at_once: int) -> Loads:
    """Return the loads of a run of this process; the first to ask begins them all."""
    if run_id not in _runs:
        _runs[run_id] = Loads(sources(), at_once)
    return _runs[run_id]


def longest_first(loads: Iterable[Load]) -> list[str]:
    """Return sources in the order in which they begin, so that at the end none is waited for alone.

    What was never loaded is judged by how many streams it has.
    """
    took = store.seconds_of_loads()
    ordered = sorted(
        loads, key=lambda load: (took.get(load.source, 0.0), len(load.streams)), reverse=True
    )
    return [load.source for load in ordered]


def end(run_id: str) -> None:
    """Forget the loads of a run, and end what nobody took."""
    if loads := _runs.pop(run_id, None):
        loads.end()


def _result(kind: str, told: Any) -> list[StreamResult]:
    """Return what a load told at its end, or raise it."""
    if kind == DONE:
        return list(told)
    if kind == REFUSED:
        what, where, fix = told
        raise KetteError(what, where=where, fix=fix)
    raise RuntimeError(told)


def _run(source: str, environment: dict[str, str], name: str, parent: Connection) -> None:
    """Load a source and tell the parent; runs in the process of its own."""
    end_with_parent()
    starter = multiprocessing.parent_process()
    if starter is None or not starter.is_alive():
        # it died before the kernel knew that this process was to end with it
        sys.exit(1)
    locks.call_me(name)
    # the server that this process is a fork of may be older than the settings
    export(environment)
    load = next(load for load in REGISTRY if load.source == source)

    def send(kind: str, text: str) -> None:
        with suppress(OSError):
            parent.send((kind, text))

    locks.tell(partial(send, TELL))
    try:
        with troubles.told():
            results = run(load, progress=partial(send, SAY), wait_seconds=locks.PATIENCE_SECONDS)
        told: tuple[str, Any] = (DONE, results)
    except KetteError as error:
        told = (REFUSED, (error.what, error.where, error.fix))
    except Exception as error:  # noqa: BLE001 - the parent tells of it, the log has the whole story
        hiding.scrub(error)
        traceback.print_exc()
        told = (BROKEN, hiding.hide(f"{type(error).__name__}: {error}"))
    parent.send(told)
