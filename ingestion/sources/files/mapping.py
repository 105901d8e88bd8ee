"""A checked mapping: what a data file holds, which column is which, and where the files are."""

from __future__ import annotations

import difflib
import glob
import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.errors import KetteError
from ingestion.settings import settings, substitute
from ingestion.sources.files.contract import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# raised when files are to be read again because this package reads them differently
READING_VERSION = 2
# what files of other programs' names end with, and what to do with such a file
OTHERS = {
    ("zip", "7z", "rar", "bz2", "xz", "zst", "tar", "tgz"): "Unpack it, and name the file in it",
    ("doc", "docx", "odt", "rtf", "pdf", "numbers", "pages"): "Save its table as CSV or .xlsx",
    ("yml", "yaml"): "It is a mapping: name a file of data",
}


@dataclass(frozen=True)
class Column:
    """Where a contract column comes from: source columns joined by a blank, or a constant."""

    names: tuple[str, ...] = ()
    value: str | None = None


@dataclass(frozen=True)
class DataFile:
    """A file that a mapping describes; ``label`` names it in the warehouse, on any machine."""

    path: Path
    label: str
    format: str


@dataclass(frozen=True)
class FileMapping:
    """A checked mapping."""

    where: str
    folder: Path
    name: str
    kind: str
    source: str
    path: str
    format: str | None
    delimiter: str | None
    encoding: str | None
    decimal: str
    time_zone: str
    date_formats: tuple[str, ...]
    identifier_type: str
    identifier_namespace: str
    key: tuple[str, ...]
    currency: str | None
    columns: Mapping[str, Column]
    # of a workbook: names or patterns; lines or rows above the header
    sheet: tuple[str, ...] = ()
    skip: int | None = None

    def wanted(self) -> list[str]:
        """Return the source columns it names, in order."""
        named = [name for column in self.columns.values() for name in column.names]
        return list(dict.fromkeys([*named, *self.key]))

    def files(self) -> list[DataFile]:
        """Return the files it describes, ordered by name.

        Raises:
            KetteError: There is none, or one's format is not to be told from its name.
        """
        try:
            pattern = str(self.folder / Path(substitute(self.path)).expanduser())
        except KetteError as error:
            raise KetteError(
                error.what,
                where=self.where,
                fix="Only variables that begin with KETTE_ are known: set it, or write the path out, "
                "with $$ for a dollar sign",
            ) from None
        except (RuntimeError, ValueError):
            raise KetteError(
                f"path {self.path!r} is no path", where=self.where, fix="Write it without ~ and NUL"
            ) from None
        found = [path for path in matching(pattern) if is_file(path)]
        if not found:
            raise KetteError(
                f"no file matches path {self.path!r}",
                where=self.where,
                fix=self._meant(Path(pattern)),
            )
        root = _fixed_part(Path(pattern))
        return [
            DataFile(path, f"{self.name}/{path.relative_to(root).as_posix()}", self._format(path))
            for path in found
        ]

    def fingerprint(self, file: DataFile) -> str:
        """Return what changes when the file, this mapping or the way of reading changes.

        Raises:
            KetteError: The file cannot be read.
        """
        described = {
            **asdict(self),
            "where": "",
            "folder": "",
            "days_in": settings().time_zone,
            "version": READING_VERSION,
        }
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
        try:
            with file.path.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
        except OSError:
            raise KetteError(
                "it cannot be read",
                where=f"{self.where}: {file.path.name}",
                fix="Let this user read it, or copy it here again",
            ) from None
        return digest.hexdigest()

    def _format(self, path: Path) -> str:
        found = format_of(path, self.format)
        if found is None:
            raise no_format(path, self.where)
        return found

    def _meant(self, pattern: Path) -> str:
        """Return which path may be meant where nothing matches one."""
        if "://" in self.path:
            return "Download the file, and write the path to it"
        folder = _fixed_part(pattern)
        if not folder.is_dir():
            return f"There is no folder {folder}: the path is relative to the mapping file"
        there = [one.name for one in folder.iterdir() if is_file(one)]
        near = hint(pattern.name, there)
        return near if near.startswith("Did") else "The path is relative to the mapping file"


def no_format(path: Path, where: str) -> KetteError:
    """Return the error of a file whose name does not tell how to read it."""
    suffix = path.suffix.lower().lstrip(".")
    fix = next(
        (said for suffixes, said in OTHERS.items() if suffix in suffixes),
        f"Add format: one of {', '.join(FORMATS)}",
    )
    return KetteError(
        f"the format of {path.name} is not to be told from its name", where=where, fix=fix
    )


def hint(name: str, known: Iterable[str]) -> str:
    """Return what was probably meant, or all there is where that is not much."""
    names = list(dict.fromkeys(known))
    # written with other capitals or other signs between words
    near = [one for one in names if _letters(one) == _letters(name) != ""][:1]
    near = near or difflib.get_close_matches(name, names, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known are: {', '.join(names)}" if len(names) < 50 else "See docs/sources/files.md"  # noqa: PLR2004


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def format_of(path: Path, given: str | None = None) -> str | None:
    """Return how a file is read: as a mapping says, or as its name tells; None where it does not."""
    suffixes = [suffix.lower().lstrip(".") for suffix in path.suffixes if suffix.lower() != ".gz"]
    return FORMATS.get(given or (suffixes[-1] if suffixes else ""))


def matching(pattern: str) -> list[Path]:
    """Return what matches a pattern, ordered by name; a file of exactly this name is itself.

    Unlike that of ``Path.glob`` the pattern may be absolute.
    """
    if is_file(Path(pattern)):
        return [Path(pattern)]
    return sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207


def is_file(path: Path) -> bool:
    """Return whether there is a file at a path; a name that no system allows is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _fixed_part(pattern: Path) -> Path:
    """Return the folder below which a pattern looks."""
    folder = pattern.parent
    if is_file(pattern):
        return folder
    while glob.has_magic(str(folder)):
        folder = folder.parent
    return folder
