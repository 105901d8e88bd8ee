"""Goes through the files of one kind: which changed, which are gone, and which failed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ingestion.errors import KetteError
from ingestion.sources.files import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    import pyarrow as pa

    from ingestion.sources.files.mapping import DataFile, FileMapping
    from ingestion.sources.files.mappings import Mappings
    from ingestion.sources.files.rows import Table
    from ingestion.toolkit.source import Reader

SOURCE = "files"


class Walk:
    """One read of a stream, mapping by mapping.

    Args:
        reader: Of the stream.
        table: Judges the rows.
        connection: The table's.
        folder: For what has to be unpacked.
    """

    def __init__(
        self, reader: Reader, table: Table, connection: duckdb.DuckDBPyConnection, folder: Path
    ) -> None:
        self._reader, self._table = reader, table
        self._connection, self._folder = connection, folder
        self._remembered: dict[str, str] = reader.state.get("files", {}) if reader.known else {}
        self._present: dict[str, str] = {}
        self._failures: list[KetteError] = []
        # lines that are no rows of a table: with them the lines of a file add up
        self._left_out: Counter[str] = Counter()

    def pages(self, mapping: FileMapping) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a mapping's files that changed."""
        before = {
            label: known
            for label, known in self._remembered.items()
            if label.startswith(f"{mapping.name}/")
        }
        try:
            prints = {file: mapping.fingerprint(file) for file in mapping.files()}
        except KetteError as error:
            self._fail(error, before)
            return
        self._present |= {file.label: known for file, known in prints.items()}
        changed = [file for file, known in prints.items() if before.get(file.label) != known]
        if not mapping.key:
            for file in changed:
                yield from self._alone(mapping, file)
        elif changed or before.keys() - {file.label for file in prints}:
            # where a key stands in several files, that of the last file counts
            yield from self._together(mapping, list(prints), before)

    def leave_out(self, mappings: Mappings, kind: str) -> None:
        """Note the mappings of a kind that are wrong, and let all stay that may be of a wrong one."""
        if mappings.wrong:
            # which names they would have is not known
            names = {mapping.name for mapping in mappings.usable}
            self._present |= {
                label: known
                for label, known in self._remembered.items()
                if label.partition("/")[0] not in names
            }
        for wrong in mappings.wrong:
            if wrong.kind == kind:
                self._fail(wrong.error, {})

    def close(self) -> None:
        """Let go of the files that are gone, and tell what failed.

        Raises:
            KetteError: A file or mapping failed; what was read of the others is committed.
        """
        reader = self._reader
        gone = [label for label in self._remembered if label not in self._present]
        reader.covered(*gone)
        if told := [f"{count:,} {what}" for what, count in self._left_out.items() if count]:
            reader.note(f"left out: {', '.join(told)}")
        if gone:
            reader.note(f"gone with their rows: {', '.join(gone)}")
        reader.state["files"] = self._present
        if self._failures:
            if reader.chapter.covered:
                reader.checkpoint()
            raise self._failure()

    def _alone(self, mapping: FileMapping, file: DataFile) -> Iterator[pa.RecordBatch]:
        """Read a file that shares no key with others."""
        try:
            self._judge(mapping, file)
        except KetteError as error:
            self._present.pop(file.label)
            known = self._remembered.get(file.label)
            self._fail(error, {} if known is None else {file.label: known})
            return
        yield from self._table.pages()
        self._reader.covered(file.label)

    def _together(
        self, mapping: FileMapping, files: list[DataFile], before: dict[str, str]
    ) -> Iterator[pa.RecordBatch]:
        """Read files that may share keys: all, or where one of them fails none."""
        mark, left_out = self._reader.mark(), self._left_out.copy()
        self._table.forget_keys()
        try:
            for file in reversed(files):
                self._judge(mapping, file)
                self._table.hold()
        except KetteError as error:
            self._reader.back_to(mark)
            self._left_out = left_out
            for file in files:
                self._present.pop(file.label)
            self._fail(error, before)
            return
        yield from self._table.held()
        self._reader.covered(*(file.label for file in files))

    def _judge(self, mapping: FileMapping, file: DataFile) -> None:
        """Read a file and judge its rows; nothing of one that fails is counted or told."""
        reader = self._reader
        reader.progress(f"{SOURCE}: {file.label}")
        found = reading.read(self._connection, mapping, file, self._folder)
        outcome = self._table.read(mapping, file, found.rows)
        for remark in found.remarks:
            reader.note(remark)
        self._left_out["rows above a header"] += found.before
        self._left_out["empty rows"] += found.empty
        reader.seen(outcome.passed + outcome.deduped + outcome.suppressed)
        reader.deduped(outcome.deduped)
        reader.suppressed(outcome.suppressed)
        reader.cleaned(outcome.cleaned)
        for record, reason, key in self._table.rejected(file):
            reader.reject(record, reason, key)

    def _fail(self, error: KetteError, stays: dict[str, str]) -> None:
        """Note a failure, and which files keep what is stored of them."""
        self._failures.append(error)
        self._present |= stays

    def _failure(self) -> KetteError:
        first, *others = self._failures
        if not others:
            return first
        told = "; ".join(f"{error.where}: {error.what}" for error in others)
        return KetteError(f"{first.what}; {told}", where=first.where, fix=first.fix)
