"""JSON lines to Arrow: whole blocks at speed, odd lines one by one, none lost and none fatal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.errors import IncompleteAnswerError
from ingestion.toolkit import bulk
from ingestion.toolkit.bulk import Lines
from ingestion.toolkit.source import Reader

SELECT = "select json_extract_string(line, '$.n') as n, json_extract(line, '$')::varchar as text from lines"


def read(body: bytes, piece: int = 1000) -> tuple[list[tuple[str, str]], Reader]:
    """Return what is read from a body that comes in pieces, and the reader that counted."""
    reader = Reader(None, None, state={}, shared={}, known=False)  # type: ignore[arg-type]
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)]
    found = [
        (row["n"], row["text"])
        for table in Lines(pieces, SELECT, reader).tables()
        for row in table.to_pylist()
    ]
    assert reader.chapter.seen == len(found) + reader.chapter.quarantined
    return found, reader


def line(number: int, **more: Any) -> bytes:
    return json.dumps({"n": str(number), **more}, ensure_ascii=False).encode() + b"\n"


def numbers(found: list[tuple[str, str]]) -> list[str]:
    return sorted(n for n, _ in found)


@pytest.fixture(
    params=[1 << 25, 64, 7], ids=["one block", "many blocks", "tiny blocks"], autouse=True
)
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BLOCK", request.param)


@pytest.mark.parametrize("before", [b"", line(1)], ids=["alone", "last"])
@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["without", "with"])
def test_a_record_with_a_number_out_of_all_measure_costs_nothing_but_itself(
    ending: bytes, before: bytes
) -> None:
    bad = b'{"n": "2", "much": ' + b"1" * 5_000 + b"}"
    found, reader = read(before + bad + ending)
    assert numbers(found) == (["1"] if before else [])
    (reject,) = reader.chapter.rejects
    assert (reject.payload, reject.reason) == (bad, "a number larger than 63 bits")


@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["without", "with"])
def test_all_lines_are_read_with_and_without_an_end_at_the_end(ending: bytes) -> None:
    body = b"".join(line(number) for number in range(20)).rstrip(b"\n") + ending
    found, reader = read(body)
    assert numbers(found) == sorted(str(number) for number in range(20))
    assert list(reader.chapter.rejects) == []


@pytest.mark.parametrize("piece", [1, 7, 40, 10_000])
def test_a_body_may_come_in_pieces_of_any_size(piece: int) -> None:
    body = b"".join(line(number, text="ä" * number) for number in range(20))
    found, _ = read(body, piece)
    assert numbers(found) == sorted(str(number) for number in range(20))


@pytest.mark.parametrize("body", [b"", b"\n", b"\n\n  \n"], ids=["nothing", "a line", "lines"])
def test_an_empty_body_has_no_records(body: bytes) -> None:
    found, reader = read(body)
    assert (found, reader.chapter.quarantined) == ([], 0)


def test_only_the_byte_newline_ends_a_line() -> None:
    text = "a\u2028b\u2029c\u0085d"
    found, _ = read(line(1, text=text) + line(2))
    assert json.loads(dict(found)["1"])["text"] == text


@pytest.mark.parametrize("pieces", [2, 3, 5])
def test_a_record_split_over_lines_is_put_together(pieces: int) -> None:
    whole = line(1, text="x" * 40).rstrip(b"\n")
    size = len(whole) // pieces + 1
    split = b"\n".join(whole[at : at + size] for at in range(0, len(whole), size)) + b"\n"
    found, reader = read(line(0) + split + line(2))
    assert numbers(found) == ["0", "1", "2"]
    assert list(reader.chapter.rejects) == []


def test_a_split_record_after_rubbish_is_found() -> None:
    whole = line(1, text="x" * 40)
    found, reader = read(line(0) + b"rubbish\n" + whole[:20] + b"\n" + whole[20:])
    assert numbers(found) == ["0", "1"]
    assert [reject.payload for reject in reader.chapter.rejects] == [b"rubbish"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b'{"n": "1", "a": "\\ud800"}\n', "payload"),
        (b'{"n": "1", "a": 1180591620717411303424}\n', "63 bits"),
        (b'{"n": "1", "a": "' + b"x" * 1_000_001 + b'"}\n', "larger than 1 MB"),
        (b'{"n": "1", "a": "\xff\xfe"}\n', "not UTF-8"),
        (b"no JSON at all\n", "not JSON"),
        (b'{"n": "1", "a": \n', "not JSON"),
        (b"[1, 2]\n", ""),
        (b"null\n", ""),
    ],
    ids=[
        "lone surrogate",
        "long integer",
        "oversize",
        "not UTF-8",
        "text",
        "half a record",
        "a list",
        "null",
    ],
)
def test_an_unfit_line_is_kept_aside_and_the_others_are_read(odd: bytes, reason: str) -> None:
    found, reader = read(line(0) + odd + line(2))
    assert numbers([pair for pair in found if pair[0] is not None]) == ["0", "2"]
    if odd[:1] not in b"[n":
        (reject,) = reader.chapter.rejects
        assert reject.payload == odd.rstrip(b"\n")[:1_000_000]
        if reason != "payload":
            assert reason in reject.reason


@pytest.mark.parametrize(
    ("odd", "expected", "cleaned"),
    [
        (b'{"n":"1","a":NaN,"b":[-Infinity,1]}\n', {"a": None, "b": [None, 1]}, 2),
        (b'{"n":"1","a":"x\\u0000y"}\n', {"a": "xy"}, 1),
        (b'{"n":"1","a":"NaN of the text"}\n', {"a": "NaN of the text"}, 0),
        (b'{"n":"1","a":"one\rtwo\tthree"}\n', {"a": "one\rtwo\tthree"}, 0),
        (b'{"n":"1","a":"12345678901234567890123"}\n', {"a": "12345678901234567890123"}, 0),
        (b'{"n":"1","a":9223372036854775807}\n', {"a": 2**63 - 1}, 0),
        (b'{"n":"1","a":"\\ud83d\\ude00"}\n', {"a": "😀"}, 0),
        (b'{"n":"1","$insert_id\xff":"x"}\n', {"$insert_id": "x"}, 1),
        (b'{"n":"1","$insert_id_old":"x"}\n', {"$insert_id_old": "x"}, 0),
    ],
    ids=[
        "NaN and infinity",
        "NUL",
        "a word",
        "control characters",
        "digits in a text",
        "the largest integer",
        "a pair of surrogates",
        "stray bytes behind a name",
        "another name",
    ],
)
def test_an_odd_line_is_mended(odd: bytes, expected: dict[str, Any], cleaned: int) -> None:
    found, reader = read(line(0) + odd + line(2))
    assert numbers(found) == ["0", "1", "2"]
    assert json.loads(dict(found)["1"]) == {"n": "1", **expected}
    assert reader.chapter.cleaned == cleaned


def test_a_line_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LONGEST_LINE", 3_000)
    found, reader = read(line(0) + b"x" * 20_000 + b"\n" + line(2))
    assert numbers(found) == ["0", "2"]
    assert reader.chapter.quarantined == 1


@pytest.mark.parametrize("before", [b"", line(0), line(0) + b"rubbish\n"])
def test_a_body_that_ended_early_is_refused(before: bytes) -> None:
    with pytest.raises(IncompleteAnswerError, match="ended early"):
        read(before + b"terminated early\n")


def test_a_body_that_stops_in_the_middle_of_a_record_is_refused() -> None:
    with pytest.raises(IncompleteAnswerError, match="in the middle of a record"):
        read(line(0) + line(1)[:-5])


@pytest.mark.parametrize("length", [18, 19, 20, 40])
@pytest.mark.parametrize("shift", range(9))
def test_long_numbers_are_noticed_wherever_they_stand(length: int, shift: int) -> None:
    blank = b"a" * 30 + b"\n"
    text = b"b" * shift + b"7" * length + b"c\n"
    odd = bulk._split(blank + text + blank, is_last=True).odd
    assert odd.tolist() == [False, length >= 19, False]
