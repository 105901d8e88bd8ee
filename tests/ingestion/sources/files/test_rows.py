"""Nothing is guessed: amounts, times, keys, and rows that cannot be read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.control import suppression
from tests.ingestion.sources.files.folder import SALES, VISITS, Folder, utc


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
    [
        *[(".", "12,5"), (",", "12.5"), (".", "1e30"), (".", "NaN"), (",", "1,2,3")],
        *[
            (",", "1.23,5"),
            (",", "(5,00"),
            (",", "-5,00-"),
            (",", "(-5,00)"),
            (",", "12 13"),
            (",", "€"),
        ],
    ],
)
def test_an_amount_that_could_mean_something_else_is_rejected(
    folder: Folder, decimal: str, text: str
) -> None:
    folder.map(SALES, decimal=decimal, delimiter=";")
    folder.write("s.csv", f"no;day;buyer;total\n0;2026-01-31;u1;7\n1;2026-01-31;u1;{text}\n")
    read = folder.read("orders")
    assert (read.column("order_id"), read.reasons) == (["0"], ["order_amount: no number"])


@pytest.mark.parametrize(
    ("decimal", "text", "amount"),
    [
        (",", "1.234,50 €", "1234.5"),
        (",", "-12,00\u00a0€", "-12"),
        (",", "EUR 5,00", "5"),
        (",", "€7,50", "7.5"),
        (",", "5,00 eur", "5"),
        (",", "12,00-", "-12"),
        (",", "12,00- €", "-12"),
        (",", "(12,00 €)", "-12"),
        (",", "€ (1.012,00)", "-1012"),
        (",", "\u221212,00", "-12"),
        (",", "-€ 12,00", "-12"),
        (",", "1\u202f234,50", "1234.5"),
        (",", "1’234,50", "1234.5"),
        (",", "12,- €", "12"),
        (".", "1'234.50", "1234.5"),
        (".", "1,23,456.78", "123456.78"),
        (".", "99.--", "99"),
        (".", "+3.00", "3"),
    ],
)
def test_an_amount_is_read_with_its_currency_and_any_minus(
    folder: Folder, decimal: str, text: str, amount: str
) -> None:
    folder.map(SALES, decimal=decimal, delimiter=";")
    folder.write("s.csv", f"no;day;buyer;total\n1;2026-01-31;u1;{text}\n")
    assert folder.read("orders").column("order_amount") == [Decimal(amount)]


def test_an_amount_in_another_currency_is_refused(folder: Folder) -> None:
    folder.map(SALES, decimal=",", delimiter=";")
    texts = ["5,00 €", "$5,00", "5,00 USD", "£5,00", "5,00 EUR"]
    rows = [f"{number};2026-01-31;u;{text}" for number, text in enumerate(texts)]
    folder.write("s.csv", "no;day;buyer;total\n" + "\n".join(rows))
    read = folder.read("orders")
    assert read.column("order_id") == ["0", "4"]
    assert read.reasons == ["order_amount: not in EUR"] * 3


def test_a_currency_of_the_row_agrees_with_the_sign_of_its_amount(folder: Folder) -> None:
    mapping = {name: value for name, value in SALES.items() if name != "currency"}
    folder.map(mapping, delimiter=";", columns={"currency_code": "money"})
    rows = ["1;2026-01-31;u;$5.00;cad", "2;2026-01-31;u;CA$ 5.00;CAD", "3;2026-01-31;u;$5.00;EUR"]
    folder.write("s.csv", "no;day;buyer;total;money\n" + "\n".join(rows))
    read = folder.read("orders")
    assert read.column("order_id") == ["1", "2"]
    assert read.reasons == ["order_amount: not in the currency of its row"]


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
        ("2026-07-31 12:00 GMT+1", "2026-07-31 11:00"),
        ("2026-07-31 12:00:00 UTC-05:30", "2026-07-31 17:30"),
        ("2026-07-31 12:00:00 GMT", "2026-07-31 12:00"),
        ("2026-07-31 12:00 MESZ", "2026-07-31 10:00"),
        ("2026-07-31T12:00:00+02", "2026-07-31 10:00"),
        ("2026-07-31 12:00:00 GMT+0200 (Central European Summer Time)", "2026-07-31 10:00"),
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
        (["%d/%m/%Y %H:%M %z"], "01/07/2026 12:00 GMT+2", "2026-07-01 10:00"),
        (["%d/%m/%Y %H:%M %Z"], "01/07/2026 12:00 CEST", "2026-07-01 10:00"),
        (["%d.%m.%Y", "%d.%m.%y"], "1.7.26", "2026-06-30 22:00"),
        (["%m/%d/%y %I:%M %p"], "7/1/26 2:00 PM", "2026-07-01 12:00"),
        (["%b %d %Y"], "Jul 01 2026", "2026-06-30 22:00"),
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


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("America/New_York", "2026-10-01 04:00"), ("Pacific/Auckland", "2026-09-30 11:00")],
)
@pytest.mark.parametrize(
    ("formats", "text"),
    [
        ([], "2026-10-01"),
        (["%d.%m.%Y %H:%M", "%d.%m.%Y"], "01.10.2026"),
        (["%m/%d/%y"], "10/01/26"),
    ],
)
def test_a_day_without_a_time_is_that_day_by_the_companys_clock_whatever_the_mappings_zone(
    folder: Folder,
    monkeypatch: pytest.MonkeyPatch,
    formats: list[str],
    text: str,
    zone: str,
    moment: str,
) -> None:
    monkeypatch.setenv("KETTE_TIME_ZONE", zone)
    folder.map(VISITS, date_formats=formats)
    folder.write("v.csv", f"seen,mail\n{text},a@x.example\n")
    assert folder.read().column("occurred_at") == [utc(moment)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31.12.25", "occurred_at: no time"),
        ("1.1.26", "occurred_at: no time"),
        ("31.12.0025", "occurred_at: before 1990-01-01 (KETTE_EARLIEST)"),
        ("30.12.1899", "occurred_at: before 1990-01-01 (KETTE_EARLIEST)"),
        ("31.12.9999", "occurred_at: more than 7 days ahead (KETTE_DAYS_AHEAD)"),
        ("10.01.2027", "occurred_at: more than 7 days ahead (KETTE_DAYS_AHEAD)"),
    ],
)
def test_a_year_has_four_digits_and_lies_in_the_window(
    folder: Folder, text: str, reason: str
) -> None:
    folder.map(VISITS, date_formats=["%d.%m.%Y"])
    folder.write("v.csv", f"seen,mail\n31.12.2025,a@x.example\n{text},a@x.example\n")
    read = folder.read()
    assert read.column("occurred_at") == [utc("2025-12-30 23:00")]
    assert read.reasons == [reason]


def test_the_window_of_times_is_a_setting(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_EARLIEST", "1890-01-01")
    monkeypatch.setenv("KETTE_DAYS_AHEAD", "30")
    folder.map(VISITS)
    folder.write("v.csv", "seen,mail\n1899-12-30,a@x.example\n2027-01-20,a@x.example\n")
    assert len(folder.read().rows) == 2


@pytest.mark.parametrize("zone", ["GMT+1", "UTC+01:00", "+0100"])
def test_a_time_zone_may_be_an_offset(folder: Folder, zone: str) -> None:
    folder.map(VISITS, time_zone=zone)
    folder.write("v.csv", "seen,mail\n2026-07-31 10:00,a@x.example\n")
    assert folder.read().column("occurred_at") == [utc("2026-07-31 09:00")]


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
            "order_amount: missing",
            "too many columns",
        ]
    )
    chapter = read.reader.chapter
    assert (chapter.seen, chapter.passed, chapter.quarantined) == (9, 2, 7)
    keys = {reject.key: reject.payload.decode() for reject in chapter.rejects}
    assert "2026-02-30" in keys["shop/s.csv, line 4"]


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


def test_an_amount_that_has_to_be_rounded_is_counted_as_cleaned(folder: Folder) -> None:
    folder.map(SALES, decimal=",", delimiter=";")
    rows = ["1;2026-01-31;u;1.234,5000", "2;2026-01-31;u;1,00009", "3;2026-01-31;u;2,00000"]
    folder.write("s.csv", "no;day;buyer;total\n" + "\n".join(rows))
    read = folder.read("orders")
    assert read.column("order_amount") == [Decimal("1234.5"), Decimal("1.0001"), Decimal(2)]
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
    read = folder.read(suppressions=frozenset([suppression.identifier_hash("b@x.example")]))
    assert read.column("identifier_value") == ["a@x.example"]
    chapter = read.reader.chapter
    assert (chapter.seen, chapter.passed, chapter.suppressed) == (2, 1, 1)


def test_of_who_is_suppressed_no_row_is_kept_that_does_not_fit(folder: Folder) -> None:
    folder.map(VISITS)
    rows = "2026-01-31,a@x.example\nyesterday,b@x.example\n2026-01-31,b@x.example,c,d,e\n"
    folder.write("v.csv", f"seen,mail\n{rows}")
    read = folder.read(suppressions=frozenset([suppression.identifier_hash("b@x.example")]))
    chapter = read.reader.chapter
    assert (chapter.seen, chapter.passed) == (3, 1)
    assert (chapter.suppressed, chapter.quarantined) == (2, 0)


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
