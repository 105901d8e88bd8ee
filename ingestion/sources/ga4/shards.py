"""The shards of an export in a folder: which exist, and which of them a run reads.

A shard is one exported table: a file, several files, or a folder of them, named ``events_YYYYMMDD``. A
day may have three: the final one, a fresh one and an intraday one. The first of these that exists
counts; the others are drafts of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader

NAMED = re.compile(r"events_(fresh_|intraday_)?(\d{8})(?!\d)")
ENDINGS = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz", ".parquet")
# which of a day's shards counts
ORDER = ("", "fresh_", "intraday_")
# how much larger lines are than what they are packed in
PACKED = 12
GROUP_BYTES = 400_000_000
# a shard that was changed is read in two runs, so that a second reading can confirm a loss
READINGS = 2
STATE = "shards"


@dataclass
class Shard:
    """One day's table: its files in order of their names."""

    day: date
    name: str
    files: list[Path] = field(default_factory=list)

    def print(self) -> str:
        """Return what tells whether it is another than before."""
        states = [(path.name, path.stat()) for path in self.files]
        parts = [f"{name}:{state.st_size}:{state.st_mtime_ns}" for name, state in states]
        return f"{self.name}/{'|'.join(parts)}"

    def size(self) -> int:
        """Return about how many bytes its lines have."""
        return sum(
            path.stat().st_size * (1 if path.suffix in {".jsonl", ".json", ".ndjson"} else PACKED)
            for path in self.files
        )


def listed(folder: str) -> list[Shard]:
    """Return the shards of a folder, one per day, in order of the days.

    Raises:
        KetteError: There is no such folder.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise KetteError(
            "there is no such folder", where="SOURCES__GA4__EXPORT_FOLDER", fix="Check the path"
        )
    found: dict[tuple[date, str], Shard] = {}
    for path in sorted(root.rglob("*")):
        if not path.name.endswith(ENDINGS):
            continue
        # the file's own name, or that of the folder which holds the pieces
        named = NAMED.search(path.name) or NAMED.search(path.parent.name)
        day = _day(named.group(2)) if named else None
        if named and day:
            kind = named.group(1) or ""
            name = f"events_{kind}{named.group(2)}"
            found.setdefault((day, kind), Shard(day, name)).files.append(path)
    days = sorted({day for day, _ in found})
    return [next(found[day, kind] for kind in ORDER if (day, kind) in found) for day in days]


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day of the property
    except ValueError:
        return None


class Plan:
    """The groups of shards that one run reads; each is committed on its own."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        settings = reader.settings
        remembered = reader.state.get(STATE, {}) if reader.known else {}
        self._state: dict[str, list[str | int]] = dict(remembered)
        shards = listed(settings.export_folder)
        # the newest are rewritten for some days; what a copy calls unchanged is read all the same
        again = {shard.day for shard in shards[-settings.lookback_days :]}
        self._wanted = [shard for shard in shards if self._is_wanted(shard, again)]

    def _is_wanted(self, shard: Shard, again: set[date]) -> bool:
        reader = self._reader
        if reader.from_date or reader.to_date:
            first, last = reader.from_date or date.min, reader.to_date or date.max
            return first <= shard.day <= last
        begin = reader.settings.start_date
        if begin and shard.day < begin:
            return False
        known = self._state.get(shard.day.isoformat())
        if known is None or known[0] != shard.print() or shard.day in again:
            return True
        return int(known[1]) < READINGS

    def __iter__(self) -> Iterator[list[Shard]]:
        group: list[Shard] = []
        size = 0
        for shard in self._wanted:
            if group and size + shard.size() > GROUP_BYTES:
                yield group
                group, size = [], 0
            group.append(shard)
            size += shard.size()
        if group:
            yield group

    def done(self, group: list[Shard], prints: dict[str, str]) -> None:
        """Remember what was read.

        Args:
            group: The shards.
            prints: What each was by its print before it was read.
        """
        for shard in group:
            day, now = shard.day.isoformat(), prints[shard.name]
            known = self._state.get(day)
            is_same = known is not None and known[0] == now
            first = READINGS if known is None else 1
            times = min(int(known[1]) + 1, READINGS) if known and is_same else first
            self._state[day] = [now, times]
        self._reader.state[STATE] = self._state
