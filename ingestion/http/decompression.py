"""The bytes of an answer, unpacked as they arrive, up to the last gzip member.

No library reports a gzip body that ends early; only its trailer shows it. A server that compresses a
file in pieces sends several members in a row (RFC 1952, 2.2).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

# takes a body piece by piece
Sink: TypeAlias = "Callable[[Iterator[bytes]], Any]"
PIECE = 1 << 20
GZIP = 16 + zlib.MAX_WBITS
GZIP_NAMES = frozenset({"gzip", "x-gzip"})


class Gunzip:
    """Unpacks a gzip body that comes in pieces."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)

    def unpack(self, packed: bytes) -> bytes:
        """Return what a piece of the body holds.

        Raises:
            zlib.error: It is no gzip, or broken.
        """
        found = []
        while packed:
            if self._member.eof:
                # a body may be filled up with zeros, as gzip itself reads it
                if not (packed := packed.lstrip(b"\0")):
                    break
                self._member = zlib.decompressobj(GZIP)
            found.append(self._member.decompress(packed))
            packed = self._member.unused_data
        return b"".join(found)

    @property
    def is_whole(self) -> bool:
        """Return whether the last member ended with its trailer."""
        return self._member.eof


def says_its_end(headers: Mapping[str, str]) -> bool:
    """Return whether a body that is cut can be told from a whole one.

    Without a length, chunks or gzip it ends where the connection does, for whatever reason.
    """
    return (
        "Content-Length" in headers
        or "chunked" in headers.get("Transfer-Encoding", "").lower()
        or headers.get("Content-Encoding", "").lower() in GZIP_NAMES
    )


def into(path: Path) -> Sink:
    """Return what writes a body to a file, from the beginning each time."""

    def write(pieces: Iterator[bytes]) -> None:
        with path.open("wb") as file:
            for piece in pieces:
                file.write(piece)

    return write


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield what is left of a file as a body would come."""
    while piece := file.read(PIECE):
        yield piece
