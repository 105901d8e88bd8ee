"""Keeps what Kette writes readable only by its owner: customers' data, logs and records of loads.

Every program of Kette reads its settings before it writes anything, and so passes through here. From
then on, nobody else can read what it and its children write. Folders and files that an older version
left open are closed.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep(folder: Path, *files: Path) -> None:
    """Let nobody else read what is written from now on, nor what is there already.

    Args:
        folder: All within it is Kette's.
        files: Databases that may stand elsewhere; what belongs to one bears its name.
    """
    os.umask(OTHERS)
    if _is_open(folder) and not _is_shared(folder):
        # the folder itself last: where this is interrupted it is done again
        _close(_within(folder))
    for file in files:
        if not file.is_relative_to(folder) and _is_open(file):
            _close([*file.parent.glob(f"{file.name}?*"), file])


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def _is_shared(folder: Path) -> bool:
    """Return whether a folder is plainly not Kette's alone, such as /tmp or somebody's home."""
    about = folder.stat()
    return (
        bool(about.st_mode & stat.S_ISVTX)
        or about.st_uid != os.geteuid()
        or folder in {Path.home(), Path(folder.anchor)}
    )


def _within(folder: Path) -> Iterator[Path]:
    # walked from below, and no link is followed
    for parent, folders, files in os.walk(folder, topdown=False):
        yield from (Path(parent, name) for name in (*files, *folders))
    yield folder


def _close(paths: Iterable[Path]) -> None:
    for path in paths:
        # what a link leads to may be somebody else's; what is not ours cannot be closed
        with suppress(OSError):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~OTHERS)
