"""Whatever a file holds: its rows add up, or a sentence says why it cannot be read."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from ingestion.errors import KetteError
from ingestion.sources.files import plain, proposal, reading, trial
from ingestion.sources.files.contract import raw_columns
from ingestion.sources.files.mapping import DataFile, FileMapping, format_of
from ingestion.sources.files.mappings import parsed
from ingestion.sources.files.rows import Table
from tests.ingestion.sources.files.folder import as_csv, as_jsonl, as_parquet
from tests.ingestion.sources.files.test_workbook import TABLE, workbook

ORDERS = parsed(
    "name: o\nkind: orders\npath: o\ncurrency: EUR\nidentifier: {type: user_id}\n"
    "columns: {order_id: no, ordered_at: day, identifier_value: buyer, order_amount: total}\n",
    "o.yml",
    Path(),
)
SUFFIXES = ("csv", "tsv", "jsonl", "json", "xlsx", "xls", "ods", "xlsb", "parquet")
# the same examples in every run
few = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def sentence(error: KetteError) -> str:
    """Return what an error says, which is what to write too."""
    assert error.fix
    return str(error)


def outcome(content: bytes, name: str, mapping: FileMapping = ORDERS) -> tuple[int, int] | str:
    """Return how many rows a file gave and how many of them are told as wrong, or the sentence."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / name
        path.write_bytes(content)
        file = DataFile(path, f"o/{name}", format_of(path, mapping.format) or "csv")
        table = Table(connection, tuple(raw_columns(mapping.kind)))
        try:
            found = reading.read(connection, mapping, file, Path(folder))
            judged = table.judge(mapping, file, found.rows)
        except KetteError as error:
            return sentence(error)
        base = connection.execute("select count(*) from base").fetchone()
        refused = connection.execute("select count(*) from rejected_lines").fetchone()
        assert base is not None
        assert refused is not None
        kept = sum(page.num_rows for page in table.pages())
        told = list(table.rejected(file))
        assert kept == judged.passed
        assert len(told) == judged.rejected
        assert all(reason for _, reason, _ in told)
        assert base[0] + refused[0] == judged.passed + judged.deduped + judged.rejected
        if failure := table.nothing_fits(mapping, file, judged):
            sentence(failure)
        return judged.passed + judged.deduped, judged.rejected


def proposes(content: bytes, name: str) -> None:
    """Propose a mapping for a file: it can be parsed and tried, or a sentence says why not."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            found = proposal.propose(path, Path(folder))
        except KetteError as error:
            sentence(error)
            return
        if found.gap() is None:
            mapping = parsed(found.text, "proposed.yml", Path(folder))
            trial.run(mapping, trial.data_file(mapping, path), Path(folder))


@few
@given(content=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES), is_packed=st.booleans())
def test_any_bytes_of_any_name(content: bytes, suffix: str, is_packed: bool) -> None:
    outcome(content, f"o.{suffix}{'.gz' if is_packed else ''}")
    outcome(gzip.compress(content), f"o.{suffix}.gz")


@few
@given(data=st.data(), which=st.integers(0, 4))
def test_damage_within_a_file(data: st.DataObject, which: int) -> None:
    name, whole = [
        ("o.xlsx", workbook(A=TABLE)),
        ("o.parquet", as_parquet()),
        ("o.csv.gz", gzip.compress(as_csv())),
        ("o.jsonl", as_jsonl()),
        ("o.csv", as_csv()),
    ][which]
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    outcome(bytes(content), name)
    outcome(bytes(content[:end]), name)


cells = st.one_of(
    st.text(st.sampled_from("ab;,\t\"' \n\r\0ß€12-./:\ufeff\u2028\x85🙂"), max_size=8),
    st.sampled_from(
        (
            *("2026-01-31", "31.12.2025", "2026-02-30", "0000-00-00", "24:00", "epoch", "infinity"),
            *("1.234,50 €", "1e400", "NaN", "9" * 40, "-", "١٢٣", "1780041600"),
        )
    ),
)
mappings = st.builds(
    replace,
    st.just(ORDERS),
    delimiter=st.sampled_from([None, ",", ";", "\t", "a", "\\", "🙂"]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from([None, None, "utf-8", "utf-16", "cp037", "utf-7", "iso2022_jp"]),
    date_formats=st.sampled_from(
        [(), ("%d.%m.%Y",), ("epoch",), ("%A %d %B %Y %z", "%j %Y"), ("%d“%m_%Y",)]
    ),
    skip=st.sampled_from([None, None, 0, 1, 9]),
    key=st.sampled_from([(), ("no",), ("no", "day")]),
)


@few
@given(
    rows=st.lists(st.lists(cells, max_size=6), max_size=8),
    above=st.sampled_from(["", "sep=;\n", "Report\n\n"]),
    mark=st.sampled_from([",", ";"]),
    mapping=mappings,
)
@example(rows=[["1", "epoch", "u", "1"]], above="", mark=",", mapping=ORDERS)
def test_any_table_with_any_mapping(
    rows: list[list[str]], above: str, mark: str, mapping: FileMapping
) -> None:
    lines = [mark.join(["no", "day", "buyer", "total"]), *(mark.join(row) for row in rows)]
    content = (above + "\n".join(lines)).encode()
    outcome(content, "o.csv", mapping)
    if len(rows) > 6:
        proposes(content, "o.csv")


documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["no", "day", "a/b", "~", "", "🙂"]), inner, max_size=4),
    ),
    max_leaves=10,
)


@few
@given(listed=st.lists(documents, max_size=4), form=st.sampled_from(["lines", "array", "indent"]))
def test_any_json(listed: list[Any], form: str) -> None:
    if form == "lines":
        text = "\n".join(map(json.dumps, listed))
    else:
        text = json.dumps(listed, indent=1 if form == "indent" else None)
    outcome(text.encode(), "o.json")
    if len(listed) > 3:
        proposes(text.encode(), "o.json")


ORDER = '{"no": "1", "day": "2026-01-31", "buyer": "u", "total": 1, "x": %s}\n'


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        ("[" * 50_000 + "]" * 50_000, "o.jsonl", (0, 1)),
        ('{"a":' * 199 + "1" + "}" * 199, "o.jsonl", (1, 0)),
        ('{"a":' * 200 + "1" + "}" * 200, "o.jsonl", (0, 1)),
        ('"' + "[" * 300 + '\\"{"', "o.jsonl", (1, 0)),
        ("9" * 5_000, "o.jsonl", (1, 0)),
        ('"\\ud800"', "o.jsonl", (0, 1)),
    ],
    ids=["deep", "deep enough", "too deep", "brackets in a text", "long", "half a letter"],
)
def test_json_beyond_what_python_reads(value: str, name: str, expected: tuple[int, int]) -> None:
    assert outcome((ORDER % value).encode(), name) == expected


def test_json_too_deep_to_be_told_apart_is_a_sentence() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    assert "it is no JSON" in str(outcome(f"[{ORDER % deep}]".encode(), "o.json"))
    proposes(f"[{ORDER % deep}]".encode(), "o.json")


def test_a_workbook_that_unpacks_without_end_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.sources.files.workbook.ALWAYS_ALLOWED", 1 << 20)
    sink = io.BytesIO(workbook(A=TABLE))
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/picture", bytes(1 << 24))
    assert "unpacks to more than 200 times" in str(outcome(sink.getvalue(), "o.xlsx"))


def test_gzip_within_gzip_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "ALWAYS_ALLOWED", 1 << 20)
    packed = gzip.compress(bytes(1 << 24))
    assert "more than 200 times" in str(outcome(packed, "o.csv.gz"))
    assert "packed with gzip" in str(outcome(gzip.compress(packed), "o.csv.gz"))


# a single cell in the last corner, for which a reader makes room of hundreds of gigabytes
CORNER = '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
CELL = '<table:table-cell table:number-columns-repeated="{}"><text:p>x</text:p></table:table-cell>'


def open_document(rows: str) -> bytes:
    """Return a workbook of OpenDocument with one sheet."""
    sink = io.BytesIO()
    names = "urn:oasis:names:tc:opendocument:xmlns"
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{names}:office:1.0" '
            f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="A">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return sink.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (workbook(A=TABLE + CORNER), "o.xlsx"),
        (workbook(A=TABLE + CORNER.replace("XFD1048576", "A99999999999999")), "o.xlsx"),
        (
            open_document(
                '<table:table-row table:number-rows-repeated="1048576">'
                f"{CELL.format(16384)}</table:table-row>"
            ),
            "o.ods",
        ),
    ],
    ids=["Excel", "no row of any sheet", "OpenDocument"],
)
def test_cells_far_out_are_a_sentence_and_no_crash(content: bytes, name: str) -> None:
    assert "far below or beside the table" in str(outcome(content, name))


def test_formats_without_content_far_out_are_read() -> None:
    styled = CORNER.replace(' t="str"><v>x</v></c>', ' s="1"/>')
    mapping = replace(ORDERS, decimal=",", date_formats=("%d.%m.%Y",))
    assert outcome(workbook(A=TABLE + styled), "o.xlsx", mapping) == (2, 0)
