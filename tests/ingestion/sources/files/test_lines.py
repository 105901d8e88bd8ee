"""Every line of a file is accounted for: no quote, gap or title takes a row along without a word."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from ingestion.errors import KetteError
from ingestion.sources.files import plain
from ingestion.sources.files.records import Bad, Rows, is_empty
from tests.ingestion.sources.files.folder import SALES, VISITS

if TYPE_CHECKING:
    from tests.ingestion.sources.files.folder import Folder, Read

ORDERS: dict[str, Any] = {
    **SALES,
    "delimiter": ";",
    "decimal": ",",
    "date_formats": ["%d.%m.%Y"],
    "columns": {**SALES["columns"]},
}


def order(number: int, remark: str = "short") -> str:
    """Return a line of a file of orders."""
    return f"{number};31.12.2025;p{number};10,00;{remark}\n"


def counts(read: Read) -> tuple[int, int, int]:
    """Return what was seen, loaded and quarantined."""
    chapter = read.reader.chapter
    assert chapter.seen == chapter.passed + chapter.deduped + chapter.quarantined
    return chapter.seen, chapter.passed, chapter.quarantined


@pytest.mark.parametrize(
    ("remarks", "quarantined"),
    [
        # the inch mark opens a quote that nothing closes
        ({50: '"27 inches'}, ["50"]),
        ({100: '"27 inches'}, ["100"]),
        ({50: '"27 inches', 70: '"30 inches'}, ["50", "70"]),
        # another row closes it, where a closing quote may stand
        ({50: '"27 inches', 70: 'a cable, 24"'}, ["50"]),
        ({50: '"27 inches', 70: '"sound"'}, ["50"]),
        ({50: '"27" screen'}, ["50"]),
    ],
)
def test_a_quote_that_does_not_close_costs_one_line(
    folder: Folder, remarks: dict[int, str], quarantined: list[str]
) -> None:
    folder.map(ORDERS)
    rows = [order(number, remarks.get(number, "short")) for number in range(1, 101)]
    folder.write("s.csv", "no;day;buyer;total;remark\n" + "".join(rows))
    read = folder.read("orders")
    assert counts(read) == (100, 100 - len(quarantined), len(quarantined))
    numbers = {str(number) for number in range(1, 101)}
    assert set(read.column("order_id")) == numbers - set(quarantined)
    keys = [reject.key for reject in read.reader.chapter.rejects]
    # the header is line 1
    assert keys == [f"shop/s.csv, line {int(number) + 1}" for number in quarantined]
    assert all("quote" in reason for reason in read.reasons)


# the small files above hold the rule, this one its size
@pytest.mark.proof
def test_of_a_large_file_a_stray_quote_costs_one_line(folder: Folder) -> None:
    folder.map(ORDERS)
    rows = (
        order(n, '"27 inches' if n == 50 else "long enough for ten megabytes")
        for n in range(1, 200_001)
    )
    folder.write("s.csv", "no;day;buyer;total;remark\n" + "".join(rows))
    assert counts(folder.read("orders")) == (200_000, 199_999, 1)


def test_a_text_of_several_lines_is_one_row(folder: Folder) -> None:
    folder.map(ORDERS)
    text = '"one; two\nthree;\n\n""four"""'
    folder.write("s.csv", "no;day;buyer;total;remark\n" + order(1, text) + order(2))
    assert counts(folder.read("orders")) == (2, 2, 0)


def test_missing_last_cells_are_empty_and_empty_rows_are_told(folder: Folder) -> None:
    folder.map(ORDERS)
    rows = [order(1), "2;31.12.2025;p2;10,00\n", "3;31.12.2025;p3;10,00;;;\n"]
    empty = ["\n", ";;;;\n", "  ; ;\n"]
    folder.write("s.csv", "no;day;buyer;total;remark\n" + "".join([*rows, *empty]))
    read = folder.read("orders")
    assert counts(read) == (3, 3, 0)
    assert list(read.reader.chapter.notes) == ["left out: 3 empty rows"]


@pytest.mark.parametrize(
    ("above", "changes"),
    [
        ("sep=;\n", {}),
        ("sep=;\n", {"delimiter": ","}),
        ("Report of 06.01.2026\n", {}),
        ("Report of 06.01.2026\n\nby:;me\n", {}),
        ("Report of 06.01.2026\n", {"skip": 1}),
        ("no;day;buyer;total;remark\nin words:\n", {"skip": 2}),
        ('A title with a "quote\n"', {"skip": 1}),
    ],
)
def test_lines_above_the_header_are_left_out_and_told(
    folder: Folder, above: str, changes: dict[str, Any]
) -> None:
    folder.map(ORDERS, **changes)
    header = (
        "no;day;buyer;total;remark\n" if not above.endswith('"') else 'no";day;buyer;total;remark\n'
    )
    folder.write("s.csv", above + header + order(1))
    read = folder.read("orders")
    assert counts(read) == (1, 1, 0)
    (note,) = read.reader.chapter.notes
    assert note == f"left out: {above.count(chr(10))} rows above a header"


def test_a_gzip_without_bound_ends_in_a_sentence(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "ALWAYS_ALLOWED", 1 << 20)
    folder.map(ORDERS, path="s.csv.gz")
    folder.write("s.csv.gz", gzip.compress(b"no;day;buyer;total\n" + b"\n" * (1 << 24)))
    with pytest.raises(KetteError, match="unpacks to more than 200 times its size"):
        folder.read("orders")


@pytest.mark.parametrize("name", ["s*.csv", "s [2026].csv", "s?.csv", "ß {1}.csv"])
def test_a_file_may_have_any_name(folder: Folder, name: str) -> None:
    folder.map(ORDERS, path=name)
    folder.write(name, "no;day;buyer;total;remark\n" + order(1))
    folder.write("s2026.csv", "no;day;buyer;total;remark\n" + order(2))
    assert folder.read("orders").column("order_id") == ["1"]


cell = st.text(st.sampled_from("ab;,\t\"' \n\rß€12"), max_size=8)
delimiters = st.sampled_from([",", ";", "\t"])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(cell, min_size=1, max_size=6), min_size=1, max_size=30),
    delimiter=delimiters,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]),
)
def test_rows_seen_are_those_that_a_strict_reader_counts(
    folder: Folder,
    rows: list[list[str]],
    delimiter: str,
    quoting: int,
    line_end: str,
    encoding: str,
) -> None:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, delimiter=delimiter, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    writer.writerows([["seen", "mail", "a", "b", "c", "d"], ["2026-01-31", "x"], *rows])
    content = sink.getvalue()
    found = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True))
    full = [row for row in found[1:] if any(one.strip() for one in row)]
    folder.state.clear()
    folder.map(VISITS, delimiter=delimiter, encoding=encoding)
    folder.write("v.csv", content.encode(encoding))
    assert counts(folder.read())[0] == len(full)


@settings(max_examples=500, deadline=None)
@given(text=st.text(st.sampled_from('ab;" \n\r'), max_size=60))
@example('a;b;c\n1;"2;3\n4;5;6\n7;8";9\n')
@example('"')
@example('""""\n"')
def test_every_line_of_any_text_is_in_a_row_or_told(text: str) -> None:
    lines = io.StringIO(text, newline="").readlines()
    walk = Rows(iter(lines), ";")
    walk.width = 3
    starts = [row.number if isinstance(row, Bad) else row[0] for row in walk]
    assert starts == sorted(set(starts))
    # a line that begins no row is in the row before: such a row has a line end within quotes
    walk = Rows(iter(lines), ";")
    walk.width = 3
    inside = 0
    for row in walk:
        if not isinstance(row, Bad):
            ends = [io.StringIO(one, newline="").readlines() for one in row[1]]
            inside += sum(
                len(parts) - 1 + parts[-1].endswith(("\n", "\r")) if parts else 0 for parts in ends
            )
    assert len(starts) + inside == len(lines)


def test_an_empty_row_is_one_of_blanks() -> None:
    assert is_empty([]) and is_empty(["", " \u00a0"]) and not is_empty(["", "0"])  # noqa: PT018 - three cases
