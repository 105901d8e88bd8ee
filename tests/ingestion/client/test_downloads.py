"""Downloads: taken as they arrive, and only as a whole."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError
from ingestion.http.decompression import into
from tests.ingestion.client.conftest import client
from tests.ingestion.sources.emulator import Emulator, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_download_is_written_unpacked(
    vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    body = b'{"event": "a"}\n' * 1000
    vendor.answer = lambda _: Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    client(vendor).get("export", stream_to=into(tmp_path / "export"))
    assert (tmp_path / "export").read_bytes() == body


# sizes that do not fit the pieces in which a body is received: a member may end within one
@pytest.mark.parametrize("filling", [b"", b"\0" * 700_000], ids=["bare", "filled up with zeros"])
def test_a_download_of_several_gzip_members_is_unpacked_to_the_last(
    filling: bytes, vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    parts = [random.Random(seed).randbytes(400_000) for seed in range(3)]
    body = b"".join(gzip.compress(part) for part in parts) + filling
    vendor.answer = lambda _: Reply(body, headers={"Content-Encoding": "gzip"})
    client(vendor).get("export", stream_to=into(tmp_path / "export"))
    assert (tmp_path / "export").read_bytes() == b"".join(parts)


@pytest.mark.parametrize(
    "body",
    [b"", gzip.compress(b"a\n") + gzip.compress(b"b\n")[:-8], gzip.compress(b"a\n") + b"no gzip"],
    ids=["nothing", "second member cut", "something else behind it"],
)
def test_a_gzip_download_counts_only_with_the_end_of_its_last_member(
    body: bytes, vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    vendor.answer = lambda _: Reply(gzip.compress(b"a\nb\n"), headers={"Content-Encoding": "gzip"})
    vendor.faults[1] = Reply(body, headers={"Content-Encoding": "gzip"})
    client(vendor).get("export", stream_to=into(tmp_path / "export"))
    assert (tmp_path / "export").read_bytes() == b"a\nb\n"
    assert len(vendor.requests) == 2


def test_nothing_is_whole_where_no_content_is_announced(
    vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    vendor.answer = lambda _: Reply(b"")
    client(vendor).get("export", stream_to=into(tmp_path / "export"))
    assert (tmp_path / "export").read_bytes() == b""
    vendor.answer = lambda _: Reply(b"", 204, headers={"Content-Encoding": "gzip"})
    assert client(vendor).get("contacts", accept=(204,)).json() is None
    vendor.answer = lambda _: Reply(b"", 401, headers={"Content-Encoding": "gzip"})
    with pytest.raises(CredentialsError):
        client(vendor).get("contacts")
    assert waits == []


def test_a_download_tells_whether_a_cut_would_show(
    vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    lines = b"a\nb\n"
    packed = {"Content-Encoding": "gzip"}
    vendor.faults = {
        1: Reply(lines),
        2: Reply(lines, sized=False),
        3: Reply(gzip.compress(lines), headers=packed, sized=False),
    }
    asking = client(vendor)
    ends = [asking.get("export", stream_to=into(tmp_path / "export")).has_end for _ in range(3)]
    assert ends == [True, False, True]
    assert (tmp_path / "export").read_bytes() == lines


def test_a_download_that_breaks_is_fetched_again_from_the_start(
    vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    body = b'{"event": "a"}\n' * 100_000
    vendor.answer = lambda _: Reply(body)
    vendor.faults[1] = Reply(body, reset=True)
    client(vendor).get("export", stream_to=into(tmp_path / "export"))
    assert (tmp_path / "export").read_bytes() == body


@pytest.mark.parametrize(
    "fault",
    [
        Reply(b"<!DOCTYPE html>\n<html></html>\n"),
        Reply({"error": "internal error", "status": "error"}),
    ],
    ids=["web page", "error"],
)
def test_a_download_that_is_something_else_is_asked_for_again(
    fault: Reply, vendor: Emulator, waits: list[float], tmp_path: Path
) -> None:
    vendor.faults[1] = fault
    client(vendor).get("export", stream_to=into(tmp_path / "export"))
    assert (tmp_path / "export").read_bytes() == b'{"items": [1, 2, 3]}'


def test_a_download_that_is_not_read_to_its_end_is_looked_at_all_the_same(
    vendor: Emulator, waits: list[float]
) -> None:
    body = b'{"event": "a"}\n' * 100_000
    vendor.answer = lambda _: Reply(body)
    vendor.faults[1] = Reply(body, reset=True)
    answer = client(vendor).get("export", stream_to=next)
    assert body.startswith(answer.value)
    assert len(vendor.requests) == 2


def test_a_download_that_its_taker_finds_incomplete_is_asked_for_three_times(
    vendor: Emulator, waits: list[float]
) -> None:
    taken = []

    def take(pieces: Iterator[bytes]) -> int:
        taken.append(b"".join(pieces))
        if len(taken) < 3:
            raise IncompleteAnswerError("it says that it ended early")
        return len(taken)

    vendor.answer = lambda _: Reply(b"some\nlines\n")
    assert client(vendor).get("export", stream_to=take).value == 3
    assert taken == [b"some\nlines\n"] * 3
    with pytest.raises(IncompleteAnswerError, match=r"export: it says that it ended early"):
        client(vendor).get("export", stream_to=refuse)
    assert len(vendor.requests) == 6


def refuse(pieces: Iterator[bytes]) -> None:
    raise IncompleteAnswerError("it says that it ended early")
