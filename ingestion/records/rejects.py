"""Records on their way to the quarantine: a few in memory, any number on disk, none lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# what a source that sends nothing but bad records may take of the memory
MOST_IN_MEMORY, MOST_BYTES = 1_000, 16_000_000
# what a rejected record is: a row of its table, or what the vendor sent
ROW, RAW = "row", "raw"


@dataclass(frozen=True)
class Reject:
    """A record that cannot be loaded: as it came off the wire, or shaped for its table."""

    payload: bytes
    reason: str
    key: str | None = None
    form: str = RAW


class Rejects:
    """Rejected records in the order they came.

    A copy knows what was there when it was made, and may be gone on with instead of the original.
    """

    def __init__(self) -> None:
        self._first: list[Reject] = []
        self._bytes = 0
        # the others lie in a file without a name, up to here
        self._file: IO[bytes] | None = None
        self._end, self._count = 0, 0

    def append(self, reject: Reject) -> None:
        """Take a record in."""
        self._bytes += len(reject.payload)
        if self._file or len(self._first) >= MOST_IN_MEMORY or self._bytes > MOST_BYTES:
            self._write(reject)
        else:
            self._first.append(reject)
        self._count += 1

    def _write(self, reject: Reject) -> None:
        if self._file is None:
            folder = settings().home / "tmp"
            folder.mkdir(parents=True, exist_ok=True)
            self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as this does
        self._file.seek(self._end)
        # what was written after a copy was made, and is not wanted any more
        self._file.truncate()
        head = [len(reject.payload), reject.reason, reject.key, reject.form]
        self._file.write(json.dumps(head).encode() + b"\n" + reject.payload)
        self._end = self._file.tell()

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[Reject]:
        """Yield them; those on disk one by one."""
        yield from self._first
        at = 0
        while self._file and at < self._end:
            self._file.seek(at)
            length, *rest = json.loads(self._file.readline())
            payload = self._file.read(length)
            at = self._file.tell()
            yield Reject(payload, *rest)

    def __deepcopy__(self, _memo: object) -> Rejects:
        """Return a copy that shares the file up to where it is filled now."""
        made = Rejects()
        made._first, made._bytes = list(self._first), self._bytes
        made._file, made._end, made._count = self._file, self._end, self._count
        return made
