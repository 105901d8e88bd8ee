"""Every format and encoding gives the same rows."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.ingestion.sources.files.folder import VISITS, Folder, as_csv, as_jsonl, as_parquet, utc


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("v.csv", as_csv()), ("v.jsonl", as_jsonl()), ("v.parquet", as_parquet())],
    ids=["csv", "jsonl", "parquet"],
)
def test_every_format_gives_the_same_rows(
    folder: Folder, name: str, content: bytes, packed: bool
) -> None:
    folder.map(VISITS, path="v.*")
    folder.write(f"{name}.gz" if packed else name, gzip.compress(content) if packed else content)
    (folder.path / "v.yml").unlink(missing_ok=True)
    read = folder.read()
    # 10 o'clock in Berlin, in winter and in summer
    assert read.column("occurred_at") == [utc("2026-01-31 09:00"), utc("2026-07-31 08:00")]
    assert read.column("identifier_value") == ["a@x.example", "b@x.example"]
    assert read.column("identifier_namespace") == ["global", "global"]
    assert read.column("source") == ["visits", "visits"]
    assert [json.loads(text) for text in read.column("properties")] == [
        {"stand": "B4"},
        {"stand": None},
    ]
    assert (read.reader.chapter.seen, read.reader.chapter.passed) == (2, 2)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "\ufeffseen,mail,who\n2026-01-31,a@x.example,Jürgen €\n".encode()),
        ("windows-1252", "seen,mail,who\n2026-01-31,a@x.example,Jürgen €\n".encode("cp1252")),
        ("utf-16", "seen,mail,who\r\n2026-01-31,a@x.example,Jürgen €\r\n".encode("utf-16")),
    ],
    ids=["utf-8 with a byte order mark", "windows-1252", "utf-16"],
)
def test_a_csv_file_is_read_in_its_encoding(folder: Folder, encoding: str, content: bytes) -> None:
    folder.map(VISITS, encoding=encoding)
    folder.write("v.csv", content)
    assert json.loads(folder.read().column("properties")[0]) == {"who": "Jürgen €"}


def test_quotes_hold_delimiters_and_line_ends(folder: Folder) -> None:
    folder.map(VISITS, delimiter=";", columns={"content": "said"})
    folder.write("v.csv", 'seen;mail;said\r\n2026-01-31;a@x.example;"one; two\r\n""three"""\r\n')
    assert folder.read().column("content") == ['one; two\r\n"three"']


def test_a_nested_field_of_json_is_named_by_its_path(folder: Folder) -> None:
    folder.map(VISITS, path="v.jsonl", columns={"identifier_value": "who/mail"})
    folder.write("v.jsonl", '{"seen": "2026-01-31", "who": {"mail": "a@x.example", "age": 40}}')
    read = folder.read()
    assert read.column("identifier_value") == ["a@x.example"]
    assert json.loads(read.column("properties")[0]) == {"who": {"mail": "a@x.example", "age": 40}}


@pytest.mark.parametrize(
    ("name", "content"),
    [("v.csv", b"seen,mail\n"), ("v.csv", b""), ("v.jsonl", b""), ("v.jsonl", b"\n\n")],
    ids=["header only", "empty csv", "empty jsonl", "blank lines"],
)
def test_a_file_without_rows_is_no_error(folder: Folder, name: str, content: bytes) -> None:
    folder.map(VISITS, path=name)
    folder.write(name, content)
    read = folder.read()
    assert read.rows == []
    assert list(read.reader.chapter.covered) == [f"visits/{name}"]
