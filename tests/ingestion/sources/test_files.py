"""Files: every format to the same rows, nothing guessed, nothing lost without a reason."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from ingestion import gate, load as ingestion_load, warehouse
from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT
from ingestion.sources import files
from ingestion.sources.files import FilesSettings
from ingestion.stream import Reader

if TYPE_CHECKING:
    from pathlib import Path

VISITS: dict[str, Any] = {
    "name": "visits",
    "kind": "touchpoints",
    "path": "*.csv",
    "time_zone": "Europe/Berlin",
    "identifier": {"type": "email"},
    "columns": {
        "occurred_at": "seen",
        "identifier_value": "mail",
        "channel": {"value": "in_person"},
        "touchpoint": {"value": "trade_fair_visited"},
    },
}
SALES: dict[str, Any] = {
    "name": "shop",
    "kind": "orders",
    "path": "*.csv",
    "time_zone": "UTC",
    "key": "no",
    "currency": "EUR",
    "identifier": {"type": "user_id"},
    "columns": {
        "order_id": "no",
        "ordered_at": "day",
        "identifier_value": "buyer",
        "order_amount": "total",
    },
}


@dataclass
class Read:
    """What one read of a stream gave."""

    rows: list[dict[str, Any]]
    reader: Reader

    def column(self, name: str) -> list[Any]:
        """Return one column."""
        return [row[name] for row in self.rows]

    @property
    def reasons(self) -> list[str]:
        """Return why rows were rejected."""
        return [reject.reason for reject in self.reader.chapter.rejects]


@dataclass
class Folder:
    """Mappings and data files in a folder, read as a run would, without a warehouse."""

    path: Path
    state: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def map(self, mapping: dict[str, Any], **changes: Any) -> None:
        """Write a mapping file; columns in ``changes`` are added to the mapping's."""
        columns = {**mapping["columns"], **changes.pop("columns", {})}
        changed = {**mapping, **changes, "columns": columns}
        self.write(f"{changed['name']}.yml", yaml.safe_dump(changed))

    def read(self, kind: str = "touchpoints", suppressions: frozenset[str] = frozenset()) -> Read:
        """Read what changed since the last read."""
        reader = Reader(
            FilesSettings(mappings=str(self.path)),
            None,  # type: ignore[arg-type]  # files have no client
            state=self.state,
            shared={},
            known=bool(self.state),
            suppressions=suppressions,
        )
        (stream,) = (each for each in files.LOAD.streams if each.name == kind)
        pages = [pa.table(pa.Table.from_batches([page])) for page in stream.read(reader)]
        rows = [row for page in pages for row in page.to_pylist()]
        assert all(tuple(page.column_names) == tuple(stream.columns) for page in pages)
        return Read(rows, reader)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty folder for mappings and their files."""
    (tmp_path / "files").mkdir()
    return Folder(tmp_path / "files")


def utc(text: str) -> datetime:
    """Return a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --------------------------------------------------------------------------------------- formats


def as_csv() -> bytes:
    return b"seen,mail,stand\n2026-01-31 10:00,a@x.example,B4\n2026-07-31 10:00,b@x.example,\n"


def as_jsonl() -> bytes:
    lines = [
        {"seen": "2026-01-31 10:00", "mail": "a@x.example", "stand": "B4"},
        {"seen": "2026-07-31 10:00", "mail": "b@x.example", "stand": None},
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()


def as_parquet() -> bytes:
    sink = pa.BufferOutputStream()
    seen = [datetime(2026, 1, 31, 10), datetime(2026, 7, 31, 10)]  # noqa: DTZ001 - naive on purpose
    mails = ["a@x.example", "b@x.example"]
    pq.write_table(pa.table({"seen": seen, "mail": mails, "stand": ["B4", None]}), sink)
    return sink.getvalue().to_pybytes()


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


# ---------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("decimal", "text", "amount"),
    [
        (".", "12.5", "12.5"),
        (".", "-3", "-3"),
        (".", "1,234.50", "1234.5"),
        (".", "1.5e3", "1500"),
        (".", " 7 ", "7"),
        (".", "0.00005", "0.0001"),
        (",", "12,5", "12.5"),
        (",", "1.234.567,89", "1234567.89"),
        (",", "1 234,5", "1234.5"),
        (",", "1'234,5", "1234.5"),
    ],
)
def test_an_amount_is_read_with_the_mappings_decimal_mark(
    folder: Folder, decimal: str, text: str, amount: str
) -> None:
    folder.map(SALES, decimal=decimal, delimiter=";")
    folder.write("s.csv", f"no;day;buyer;total\n1;2026-01-31;u1;{text}\n")
    assert folder.read("orders").column("order_amount") == [Decimal(amount)]


@pytest.mark.parametrize(
    ("decimal", "text"),
    [(".", "12,5"), (",", "12.5"), (".", "12 EUR"), (".", "1e30"), (".", "NaN"), (",", "1,2,3")],
)
def test_an_amount_that_could_mean_something_else_is_rejected(
    folder: Folder, decimal: str, text: str
) -> None:
    folder.map(SALES, decimal=decimal, delimiter=";")
    folder.write("s.csv", f"no;day;buyer;total\n1;2026-01-31;u1;{text}\n")
    read = folder.read("orders")
    assert (read.rows, read.reasons) == ([], ["order_amount: no number"])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-30 23:00"),
        ("2026-07-31 00:30", "2026-07-30 22:30"),
        ("2026-07-31T12:00:00Z", "2026-07-31 12:00"),
        ("2026-07-31 12:00:00 +0500", "2026-07-31 07:00"),
        ("2026-07-31T12:00:00.250-01:00", "2026-07-31 13:00:00.250"),
        # the clock goes from 2 to 3 o'clock: half past two is what it would have been in winter
        ("2026-03-29 02:30", "2026-03-29 01:30"),
        # the clock goes back from 3 to 2 o'clock: of the two, the later one, in winter time
        ("2026-10-25 02:30", "2026-10-25 01:30"),
        ("2026-10-25T02:30+02:00", "2026-10-25 00:30"),
    ],
)
def test_a_time_without_an_offset_is_one_of_the_mappings_zone(
    folder: Folder, text: str, moment: str
) -> None:
    folder.map(VISITS)
    folder.write("v.csv", f"seen,mail\n{text},a@x.example\n")
    assert folder.read().column("occurred_at") == [utc(moment)]


@pytest.mark.parametrize(
    ("formats", "text", "moment"),
    [
        (["%d.%m.%Y"], "01.02.2026", "2026-01-31 23:00"),
        (["%d.%m.%Y %H:%M", "%d.%m.%Y"], "01.07.2026", "2026-06-30 22:00"),
        (["%d/%m/%Y %H:%M %z"], "01/07/2026 12:00 +0000", "2026-07-01 12:00"),
        (["epoch"], "1769817600", "2026-01-31 00:00"),
        (["epoch_ms"], "1769817600250", "2026-01-31 00:00:00.250"),
    ],
)
def test_other_orders_of_a_date_are_read_by_the_mappings_formats(
    folder: Folder, formats: list[str], text: str, moment: str
) -> None:
    folder.map(VISITS, date_formats=formats)
    folder.write("v.csv", f"seen,mail\n{text},a@x.example\n")
    assert folder.read().column("occurred_at") == [utc(moment)]


def test_day_and_time_in_two_columns_are_joined(folder: Folder) -> None:
    folder.map(VISITS, columns={"occurred_at": ["day", "hour"]})
    folder.write("v.csv", "day,hour,mail\n2026-01-31,09:15,a@x.example\n")
    assert folder.read().column("occurred_at") == [utc("2026-01-31 08:15")]


def test_times_and_amounts_of_parquet_keep_their_types(folder: Folder) -> None:
    table = pa.table(
        {
            "no": [1],
            "day": pa.array([date(2026, 7, 31)]),
            "buyer": [17],
            "total": pa.array([Decimal("19.90")]),
            "at": pa.array([utc("2026-07-31 10:00")], pa.timestamp("us", "UTC")),
            "weight": [float("nan")],
        }
    )
    folder.map(SALES, path="s.parquet", time_zone="Europe/Berlin", date_formats=["%d.%m.%Y"])
    pq.write_table(table, folder.path / "s.parquet")
    read = folder.read("orders")
    (row,) = read.rows
    assert row["ordered_at"] == utc("2026-07-30 22:00")
    assert (row["identifier_value"], row["order_amount"]) == ("17", Decimal("19.9"))
    assert json.loads(row["properties"])["weight"] is None
    assert read.reader.chapter.cleaned == 1


# ------------------------------------------------------------------------------------- quarantine


def test_a_bad_row_is_kept_with_its_reason_and_the_others_are_loaded(folder: Folder) -> None:
    folder.map(SALES)
    folder.write(
        "s.csv",
        "no,day,buyer,total\n"
        "1,2026-01-31,u1,10\n"
        ",2026-01-31,u1,10\n"
        "3,2026-02-30,u1,10\n"
        "4,,u1,10\n"
        "5,2026-01-31,u1,ten\n"
        "6,2026-01-31,u1,\n"
        "7,2026-01-31\n"
        "8,2026-01-31,u1,10,11\n"
        "9,2026-01-31,,10\n",
    )
    read = folder.read("orders")
    # an order of somebody unknown is an order
    assert read.column("order_id") == ["1", "9"]
    assert read.column("identifier_type") == ["user_id", None]
    assert sorted(read.reasons) == sorted(
        [
            "key: missing",
            "ordered_at: no time",
            "ordered_at: missing",
            "order_amount: no number",
            "order_amount: missing",
            "missing columns",
            "too many columns",
        ]
    )
    chapter = read.reader.chapter
    assert (chapter.seen, chapter.passed, chapter.quarantined) == (9, 2, 7)
    keys = {reject.key: reject.payload.decode() for reject in chapter.rejects}
    assert "2026-02-30" in keys["shop/s.csv, row 3"]


def test_lines_that_are_no_json_object_are_rejected(folder: Folder) -> None:
    good = '{"seen": "2026-01-31", "mail": "a@x.example"}'
    bad = ['{"seen": "2026', "[1]", '{"seen": "\\ud800", "mail": "b@x.example"}']
    folder.map(VISITS, path="v.jsonl")
    folder.write("v.jsonl", "\n".join([*bad, good]).encode() + b'\n{"mail": "\xff"}\n')
    read = folder.read()
    assert read.column("identifier_value") == ["a@x.example"]
    assert sorted(read.reasons) == ["invalid encoding", "no JSON", "no JSON", "no JSON object"]


def test_what_json_cannot_hold_is_mended_and_counted(folder: Folder) -> None:
    folder.map(VISITS, path="v.jsonl", columns={"content": "note"})
    lines = [
        '{"seen": "2026-01-31", "mail": "a@x.example", "note": "x\\u0000y", "score": NaN}',
        '{"seen": "2026-01-31", "mail": "b@x.example", "note": "Infinity is a word", "score": 1}',
    ]
    folder.write("v.jsonl", "\n".join(lines))
    read = folder.read()
    assert read.column("content") == ["xy", "Infinity is a word"]
    assert [json.loads(text)["score"] for text in read.column("properties")] == [None, 1]
    assert read.reader.chapter.cleaned == 1


def test_a_nul_in_a_csv_file_is_taken_out(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("v.csv", "seen,mail\n2026-01-31,a\0@x.example\n")
    read = folder.read()
    assert read.column("identifier_value") == ["a@x.example"]
    assert read.reader.chapter.cleaned == 1


def test_a_currency_must_be_three_letters(folder: Folder) -> None:
    mapping = {name: value for name, value in SALES.items() if name != "currency"}
    folder.map(mapping, columns={"currency_code": "money"})
    folder.write("s.csv", "no,day,buyer,total,money\n1,2026-01-31,u,1,eur\n2,2026-01-31,u,1,€\n")
    read = folder.read("orders")
    assert read.column("currency_code") == ["EUR"]
    assert read.reasons == ["currency_code: not three letters"]


def test_who_is_suppressed_is_not_loaded(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("v.csv", "seen,mail\n2026-01-31,a@x.example\n2026-01-31, B@x.example\n")
    read = folder.read(suppressions=frozenset([gate.identifier_hash("b@x.example")]))
    assert read.column("identifier_value") == ["a@x.example"]
    chapter = read.reader.chapter
    assert (chapter.seen, chapter.passed, chapter.suppressed) == (2, 1, 1)


# ------------------------------------------------------------------------------------- keys, files


def test_of_a_repeated_key_the_last_row_counts(folder: Folder) -> None:
    folder.map(SALES)
    folder.write("2026-01.csv", "no,day,buyer,total\n1,2026-01-31,u,1\n1,2026-01-31,u,2\n")
    folder.write("2026-02.csv", "no,day,buyer,total\n2,2026-01-31,u,5\n1,2026-01-31,u,3\n")
    read = folder.read("orders")
    assert {row["order_id"]: row["order_amount"] for row in read.rows} == {"1": 3, "2": 5}
    assert (read.reader.chapter.seen, read.reader.chapter.deduped) == (4, 2)


def test_without_a_key_every_line_is_a_row(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("a.csv", "seen,mail\n2026-01-31,a@x.example\n2026-01-31,a@x.example\n")
    folder.write("b.csv", "seen,mail\n2026-01-31,a@x.example\n")
    first = folder.read().column("row_id")
    folder.state.clear()
    assert len(set(first)) == 3
    assert sorted(folder.read().column("row_id")) == sorted(first)


def test_only_changed_files_are_read_again(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("a.csv", "seen,mail\n2026-01-31,a@x.example\n")
    folder.write("b.csv", "seen,mail\n2026-01-31,b@x.example\n")
    assert len(folder.read().rows) == 2
    assert folder.read().rows == []
    folder.write("b.csv", "seen,mail\n2026-01-31,c@x.example\n")
    read = folder.read()
    assert read.column("identifier_value") == ["c@x.example"]
    assert list(read.reader.chapter.covered) == ["visits/b.csv"]


def test_a_changed_mapping_reads_its_files_again(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("a.csv", "seen,mail\n2026-01-31,a@x.example\n")
    folder.read()
    folder.map(VISITS, source="fair")
    assert folder.read().column("source") == ["fair"]


def test_a_file_that_is_gone_takes_its_rows_along(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("a.csv", "seen,mail\n2026-01-31,a@x.example\n")
    folder.write("b.csv", "seen,mail\n2026-01-31,b@x.example\n").unlink()
    folder.write("b.csv", "seen,mail\n2026-01-31,b@x.example\n")
    folder.read()
    (folder.path / "b.csv").unlink()
    read = folder.read()
    assert read.rows == []
    assert list(read.reader.chapter.covered) == ["visits/b.csv"]


def test_a_key_that_a_vanished_file_overrode_comes_back(folder: Folder) -> None:
    folder.map(SALES)
    folder.write("a.csv", "no,day,buyer,total\n1,2026-01-31,u,1\n")
    folder.write("b.csv", "no,day,buyer,total\n1,2026-01-31,u,2\n")
    folder.read("orders")
    (folder.path / "b.csv").unlink()
    assert folder.read("orders").column("order_amount") == [1]


# ----------------------------------------------------------------------------------------- errors


def problem(folder: Folder, kind: str = "touchpoints") -> KetteError:
    """Return the error that a read ends with."""
    with pytest.raises(KetteError) as caught:
        folder.read(kind)
    return caught.value


def test_a_missing_column_names_file_mapping_column_and_what_there_is(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("v.csv", "seen,mial,stand\n2026-01-31,a@x.example,B4\n")
    message = str(problem(folder))
    for part in ("visits.yml", "v.csv", "'mail'", "Did you mean 'mial'?", "seen, mial, stand"):
        assert part in message


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"colums": {}}, ["unknown key colums", "'columns'"]),
        ({"kind": "touchpoint"}, ["kind cannot be 'touchpoint'", "'touchpoints'"]),
        ({"columns": {"ocurred_at": "seen"}}, ["columns.ocurred_at", "'occurred_at'"]),
        ({"columns": {"value_amount": "worth"}}, ["columns.currency_code is missing"]),
        ({"columns": {"channel": {"value": True}}}, ["channel.value", "quotes"]),
        ({"identifier": {"type": "mail"}}, ["identifier.type cannot be 'mail'", "'email'"]),
        ({"identifier": None}, ["identifier must be"]),
        ({"time_zone": "Europe/Berln"}, ["time_zone 'Europe/Berln'", "'Europe/Berlin'"]),
        ({"encoding": "utf-88"}, ["encoding 'utf-88' is unknown"]),
        ({"path": "nothing-*.csv"}, ["no file matches", "nothing-*.csv"]),
        ({"path": "${KETTE_NOWHERE}/x.csv"}, ["KETTE_NOWHERE", "not set"]),
        ({"path": "visits.yml"}, ["format of visits.yml", "csv, jsonl or parquet"]),
        ({"name": "a b"}, ["letters, digits and underscores"]),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(
    folder: Folder, changes: dict[str, Any], parts: list[str]
) -> None:
    folder.write("v.csv", "seen,mail,worth\n2026-01-31,a@x.example,1\n")
    folder.map(VISITS)
    written = yaml.safe_load((folder.path / "visits.yml").read_text())
    columns = {**written["columns"], **changes.get("columns", {})}
    folder.write("visits.yml", yaml.safe_dump({**written, **changes, "columns": columns}))
    message = str(problem(folder))
    assert [part for part in ["visits.yml", *parts] if part not in message] == []


def test_no_mapping_at_all_is_an_error(folder: Folder) -> None:
    assert "SOURCES__FILES__MAPPINGS" in str(problem(folder))


def test_two_mappings_of_one_name_are_refused(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("other.yml", (folder.path / "visits.yml").read_bytes())
    assert "'visits' is taken by" in str(problem(folder))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.csv.gz", gzip.compress(as_csv())[:-9]),
        ("v.csv.gz", as_csv()),
        ("v.parquet", as_parquet()[:-20]),
    ],
    ids=["cut gzip", "no gzip", "cut parquet"],
)
def test_a_damaged_file_is_refused_whole(folder: Folder, name: str, content: bytes) -> None:
    folder.map(VISITS, path=name)
    folder.write(name, content)
    assert name in str(problem(folder))


def test_a_file_of_another_encoding_is_refused(folder: Folder) -> None:
    folder.map(VISITS, encoding="utf-16")
    folder.write("v.csv", as_csv() + b"x")
    assert "encoding" in problem(folder).fix


def test_a_mapping_that_fits_no_row_is_an_error_not_an_empty_table(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("v.csv", "seen,mail\n" + "31.01.2026,a@x.example\n" * 30)
    message = str(problem(folder))
    assert "none of its 30 rows fits" in message
    assert "occurred_at: no time" in message
    assert "a@x.example" not in message


# -------------------------------------------------------------------------------- with a warehouse


def loaded(query: str) -> list[Any]:
    """Return what a query finds in the warehouse."""
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def test_a_load_replaces_changed_files_and_leaves_the_rest_when_one_is_wrong(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(folder.path))
    folder.map(VISITS)
    folder.write("a.csv", "seen,mail\n2026-01-31,a@x.example\n2026-01-31,b@x.example\n")
    folder.write("b.csv", "seen,mail\n2026-01-31,c@x.example\n2026-01-32,d@x.example\n")
    touchpoints, orders = ingestion_load.run(files.LOAD)
    assert (touchpoints.seen, touchpoints.loaded, touchpoints.quarantined) == (4, 3, 1)
    assert (orders.seen, orders.loaded) == (0, 0)

    folder.write("a.csv", "seen,mail\n2026-01-31,e@x.example\n")
    (folder.path / "b.csv").unlink()
    ingestion_load.run(files.LOAD)
    mails = "select identifier_value from raw_files.touchpoints"
    assert loaded(mails) == [("e@x.example",)]

    folder.write("c.csv", "seen,mail\n2026-01-31,f@x.example\n")
    folder.write("a.csv", "seen,post\n2026-01-31,g@x.example\n")
    with pytest.raises(KetteError, match="no column 'mail'"):
        ingestion_load.run(files.LOAD)
    assert loaded(mails) == [("e@x.example",)]


def test_the_example_that_ships_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    example = CHECKOUT / "docs" / "examples" / "files" / "trade_fair_visits.yml"
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(example))
    touchpoints, _orders = ingestion_load.run(files.LOAD)
    assert (touchpoints.loaded, touchpoints.quarantined) == (8, 0)
    # the sums of the spreadsheet: seven values, one of them with 50 cents
    assert loaded("select sum(value_amount) from raw_files.touchpoints") == [(Decimal("8118.5"),)]


@pytest.mark.real_data
def test_real_orders_come_in_to_the_cent(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_REAL_DATA", str(real_data))
    example = CHECKOUT / "docs" / "examples" / "files" / "cdnow_orders.yml"
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(example))
    ingestion_load.run(files.LOAD)
    totals = (
        "select count(*), count(distinct identifier_value), sum(order_amount) "
        "from raw_files.orders where currency_code = 'USD' and identifier_namespace = 'cdnow'"
    )
    # as the data set's publishers count them
    assert loaded(totals) == [(69_659, 23_570, Decimal("2500315.63"))]
