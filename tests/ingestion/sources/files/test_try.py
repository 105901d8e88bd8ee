"""A file that no mapping describes: what is proposed for it, pasted unchanged, loads its rows."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.errors import KetteError
from ingestion.sources.files import proposal, trial
from ingestion.sources.files.mappings import parsed
from tests.ingestion.sources.files.folder import utc
from tests.ingestion.sources.files.test_workbook import workbook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ingestion.sources.files.folder import Folder

GERMAN = (
    "Bestellnummer;Bestelldatum;Kunden-E-Mail;Betrag;Währung;Bemerkung\r\n"
    "B-1;31.12.2025;jörg@x.example;1.234,50;EUR;schön\r\n"
    "B-2;01.01.2026;b@x.example;99,00;EUR;\r\n"
)
ENGLISH = (
    "sep=,\n"
    "Order ID,Order date,Email,Discount,Total\n"
    '1001,12/31/2025,a@x.example,0.00,"$1,234.50"\n'
    "1002,1/2/2026,b@x.example,0.00,$99.00\n"
)
TABS = (
    "Besuch Nr\tTag\tUhrzeit\tE-Mail\tMesse\r\n"
    "1\t12.03.2026\t09:40\ta@x.example\tGastro\r\n"
    "2\t13.03.2026\t14:30\t\tGastro\r\n"
)
ANSWERS: list[dict[str, Any]] = [
    {"id": "r1", "submittedAt": "2026-03-01T10:00:00Z", "nps": 9, "who": {"mail": "a@x.example"}},
    {"id": "r2", "submittedAt": "2026-03-02T11:30:00Z", "nps": 3, "who": {"mail": "b@x.example"}},
]
# 46022 is 31 December 2025 in a spreadsheet's count of days
SHEET = (
    '<row r="1"><c r="A1" t="str"><v>Umsätze 2025</v></c></row>'
    '<row r="3"><c r="A3" t="str"><v>Rechnungsnr.</v></c><c r="B3" t="str"><v>Datum</v></c>'
    '<c r="C3" t="str"><v>Kundennummer</v></c><c r="D3" t="str"><v>Gesamt (EUR)</v></c></row>'
    '<row r="4"><c r="A4"><v>1</v></c><c r="B4" s="1"><v>46022</v></c>'
    '<c r="C4"><v>7</v></c><c r="D4"><v>20.5</v></c></row>'
)


def orders_of_parquet() -> bytes:
    """Return two orders whose times and amounts have types."""
    sink = pa.BufferOutputStream()
    columns = {
        "order_id": ["1", "2"],
        "created_at": [datetime(2026, 1, 31, 10), datetime(2026, 2, 1, 10)],  # noqa: DTZ001 - naive on purpose
        "email": ["a@x.example", "b@x.example"],
        "total": [1.5, 2.5],
        "currency": ["CHF", "CHF"],
    }
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


def proposed(folder: Folder, path: Path, **given: Any) -> str:
    """Return the mapping that is proposed for a file."""
    place = folder.path.parent / "place"
    place.mkdir(exist_ok=True)
    found = proposal.propose(path, place, **given)
    assert found.gap() is None
    return found.text


def order(number: str, day: str, person: str, amount: str, currency: str) -> dict[str, Any]:
    """Return an order as it is loaded."""
    return {
        "order_id": number,
        "ordered_at": utc(day),
        "identifier_value": person,
        "order_amount": Decimal(amount),
        "currency_code": currency,
    }


# days are those of Berlin, whose winter is an hour ahead of UTC
@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "Bestellungen.csv",
            GERMAN.encode("cp1252"),
            [
                order("B-1", "2025-12-30 23:00", "jörg@x.example", "1234.50", "EUR"),
                order("B-2", "2025-12-31 23:00", "b@x.example", "99", "EUR"),
            ],
        ),
        (
            "orders.csv",
            ENGLISH.encode(),
            [
                order("1001", "2025-12-30 23:00", "a@x.example", "1234.50", "USD"),
                order("1002", "2026-01-01 23:00", "b@x.example", "99", "USD"),
            ],
        ),
        (
            "Umsatz.xlsx",
            workbook(Notizen="", Umsatz=SHEET),
            [order("1", "2025-12-30 23:00", "7", "20.5", "EUR")],
        ),
        (
            "orders.parquet",
            orders_of_parquet(),
            [
                order("1", "2026-01-31 09:00", "a@x.example", "1.5", "CHF"),
                order("2", "2026-02-01 09:00", "b@x.example", "2.5", "CHF"),
            ],
        ),
        (
            "export.csv.gz",
            gzip.compress(b"no,bought at,customer id,amount,currency\n1,2026-01-31,7,5.25,GBP\n"),
            [order("1", "2026-01-30 23:00", "7", "5.25", "GBP")],
        ),
    ],
    ids=["German Excel", "English with sep=", "workbook with titles", "Parquet", "gzip"],
)
def test_orders_load_as_proposed(
    folder: Folder, name: str, content: bytes, expected: list[dict[str, Any]]
) -> None:
    text = proposed(folder, folder.write(name, content))
    folder.write("pasted.yml", text)
    read = folder.read("orders")
    assert [{key: row[key] for key in expected[0]} for row in read.rows] == expected
    assert read.reasons == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Aufträge.csv", "auftraege"),
        # as some systems write file names: the letter and its dots apart
        ("Auftra\u0308ge.csv", "auftraege"),
        ("GRÖSSE der Füße.csv", "groesse_der_fuesse"),
        ("commandes_été 2026.csv", "commandes_ete"),
    ],
)
def test_umlauts_of_a_files_name_are_written_out(folder: Folder, name: str, expected: str) -> None:
    text = proposed(folder, folder.write(name, ENGLISH.encode()))
    assert f"name: {expected}\n" in text


def test_names_in_other_alphabets_are_told_apart(folder: Folder) -> None:
    files = ("заказы.csv", "клиенты.csv", "заказы shop.csv")
    texts = [proposed(folder, folder.write(name, ENGLISH.encode())) for name in files]
    names = {text.split("name: ", 1)[1].splitlines()[0] for text in texts}
    assert len(names) == 3
    assert all(name.isascii() for name in names)


def test_visits_of_a_file_in_utf_16_load_as_proposed(folder: Folder) -> None:
    text = proposed(folder, folder.write("Messe-Besuche.txt", TABS.encode("utf-16")))
    folder.write("pasted.yml", text)
    read = folder.read()
    assert read.column("occurred_at") == [utc("2026-03-12 08:40"), utc("2026-03-13 13:30")]
    assert read.column("identifier_value") == ["a@x.example", None]
    assert read.column("channel") == ["in_person", "in_person"]
    assert read.column("campaign") == ["Gastro", "Gastro"]


def test_answers_of_a_json_array_load_as_proposed(folder: Folder) -> None:
    text = proposed(folder, folder.write("nps.json", json.dumps(ANSWERS, indent=1)))
    folder.write("pasted.yml", text)
    read = folder.read("surveys")
    assert read.column("answered_at") == [utc("2026-03-01 10:00"), utc("2026-03-02 11:30")]
    assert read.column("identifier_value") == ["a@x.example", "b@x.example"]
    assert read.column("question_kind") == ["nps", "nps"]
    assert read.column("score") == [9, 3]
    assert read.column("response_id") == ["r1", "r2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,date,email,total\n1,01/02/2026,a@x.example,5\n", '"%m/%d/%Y"'),
        ("id;date;email;total\n1;2026-01-02;a@x.example;1.234\n", "1.234 can be read"),
        ("id,date,email,total\n1,2026-01-02,a@x.example,5.00\n", "nothing in the file says it"),
        ("id,date,email,total\n1,2026-01-02,a@x.example,$5\n", "$ is also that of CAD"),
        ("id,date,paid on,email,total\n1,2026-01-02,2026-01-03,a@x.example,5\n", "or: "),
    ],
    ids=["order of day and month", "decimal mark", "no currency", "dollars", "two times"],
)
def test_a_guess_is_told_as_one(folder: Folder, content: str, said: str) -> None:
    text = proposed(folder, folder.write("orders.csv", content))
    (line,) = [line for line in text.splitlines() if said in line]
    assert "#" in line.split(said)[0]


def test_an_alphabet_is_guessed_where_no_byte_gives_it_away(folder: Folder) -> None:
    lines = (
        "id;date;email;total;Комментарий\n"
        "1;2026-01-02;a@x.example;5,00;Это хороший заказ для клиента\n"
        "2;2026-01-03;b@x.example;6,00;Доставка в понедельник утром\n"
    )
    text = proposed(folder, folder.write("orders.csv", lines.encode("cp1251")))
    assert "encoding: windows-1251  # a guess" in text
    assert "Комментарий" in text
    folder.write("pasted.yml", text)
    (first, _) = folder.read("orders").column("properties")
    assert json.loads(first) == {"Комментарий": "Это хороший заказ для клиента"}


def test_another_column_tells_which_number_is_the_month(folder: Folder) -> None:
    lines = "id,date,shipped,email,total\n1,01/02/2026,01/13/2026,a@x.example,5\n"
    text = proposed(folder, folder.write("orders.csv", lines))
    assert 'date_formats: ["%m/%d/%Y"]\n' in text


@pytest.mark.parametrize(
    ("good", "bad"),
    [("05.03.2026", "31.02.2026"), ("2026-03-05", "2026-02-31"), ("20260305", "20260231")],
)
def test_a_day_that_no_calendar_has_hides_no_column_of_days(
    good: str, bad: str, folder: Folder
) -> None:
    # two of five days are slips, so that fewer than four in five can be read
    days = [good, bad, good.replace("05", "06"), bad, good.replace("05", "07")]
    lines = [f"{number};{day};a@x.example;5,00" for number, day in enumerate(days, 1)]
    path = folder.write("orders.csv", "\n".join(["no;day;who;total", *lines]) + "\n")
    mapping = parsed(proposed(folder, path), "o.yml", folder.path)
    found = trial.run(mapping, trial.data_file(mapping, path), folder.path.parent)
    assert [row["order_id"] for row in found.rows] == ["1", "3", "5"]
    places = [place for problem in found.problems for place in problem.places]
    assert places == [("line 3", bad), ("line 5", bad)]


def test_titles_above_a_table_and_a_zone_in_a_name_are_seen(folder: Folder) -> None:
    lines = (
        "# Report\n# of 2026\n\n# ----\n# ----\n"
        "id,Created (UTC),Amount,Currency,Customer Email\n"
        "ch_1,2026-01-05 10:11,12.50,eur,a@x.example\n"
    )
    folder.write("pasted.yml", proposed(folder, folder.write("payments.csv", lines)))
    read = folder.read("orders")
    assert read.column("order_id") == ["ch_1"]
    assert read.column("ordered_at") == [utc("2026-01-05 10:11")]
    assert read.column("currency_code") == ["EUR"]


def test_a_number_of_a_person_is_no_key_of_a_row(folder: Folder) -> None:
    lines = "when,customer id,event\n2026-01-05,7,call\n2026-01-06,8,mail\n"
    text = proposed(folder, folder.write("visits.csv", lines))
    assert "identifier_value: customer id" in text
    assert "\nkey:" not in text


def test_json_that_holds_its_rows_in_a_field_is_told(folder: Folder) -> None:
    path = folder.write("orders.json", '{"orders": [{"no": 1}]}')
    with pytest.raises(KetteError, match="save that list alone"):
        proposal.propose(path, folder.path)


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.csv", "who,what\na@x.example,call\n", ["occurred_at", "the time", "who, what"]),
        ("a.csv", "day,what\n2026-01-01,call\n", ["identifier_value", "e-mail", "day, what"]),
    ],
)
def test_what_only_its_author_can_say_is_asked_for(
    folder: Folder, name: str, content: str, parts: list[str]
) -> None:
    found = proposal.propose(folder.write(name, content), folder.path)
    error = found.gap()
    assert error is not None
    assert [part for part in parts if part not in str(error)] == []
    assert f"# {parts[0]}: write here" in found.text


def test_each_problem_is_told_by_line_with_what_to_write(folder: Folder) -> None:
    lines = [
        "no;day;who;total;remark",
        "1;31.12.2025;a@x.example;1,50;",
        "2;2025-12-31;b@x.example;2,50;",
        "3;31.12.2025;c@x.example;2.50;",
        '4;31.12.2025;d@x.example;2,50;"27 inches',
        "5;31.12.2025;e@x.example;$2,50;",
        "6;31.12.1025;f@x.example;2,50;",
        "7;31.12.2025;g@x.example;2,50;a;b",
    ]
    path = folder.write("orders.csv", "\n".join(lines) + "\n")
    text = (
        'name: o\nkind: orders\npath: orders.csv\ndelimiter: ";"\ndecimal: ","\ncurrency: EUR\n'
        'date_formats: ["%d.%m.%Y"]\nidentifier: {type: email}\n'
        "columns: {order_id: no, ordered_at: day, identifier_value: who, order_amount: total}\n"
    )
    mapping = parsed(text, "o.yml", folder.path)
    found = trial.run(mapping, trial.data_file(mapping, path), folder.path.parent)
    assert [row["order_id"] for row in found.rows] == ["1"]
    assert (found.outcome.passed, found.outcome.rejected) == (1, 6)
    told = {problem.places[0][0]: (problem.places, problem.fix) for problem in found.problems}
    assert {place: places for place, (places, _) in told.items()} == {
        "line 3": [("line 3", "2025-12-31")],
        "line 4": [("line 4", "2.50")],
        "line 5": [("line 5", lines[4])],
        "line 6": [("line 6", "$2,50")],
        "line 7": [("line 7", "31.12.1025")],
        "line 8": [("line 8", None)],
    }
    fixes = {place: fix for place, (_, fix) in told.items()}
    assert fixes["line 3"].startswith('Write date_formats: ["%d.%m.%Y", "%Y-%m-%d"')
    assert fixes["line 4"] == 'Write decimal: "."'
    assert fixes["line 5"].startswith("Close the quote")
    assert "currency_code" in fixes["line 6"]
    assert "'day'" in fixes["line 7"]
    assert "in quotes" in fixes["line 8"]


def test_a_trial_says_why_a_file_would_fail_and_still_lists_its_lines(folder: Folder) -> None:
    path = folder.write("orders.csv", "no,day,who,total\n1,31.12.2025,a@x.example,1\n")
    text = (
        "name: o\nkind: orders\npath: orders.csv\ncurrency: EUR\nidentifier: {type: email}\n"
        "columns: {order_id: no, ordered_at: day, identifier_value: who, order_amount: total}\n"
    )
    mapping = parsed(text, "o.yml", folder.path)
    found = trial.run(mapping, trial.data_file(mapping, path), folder.path.parent)
    assert "its only row does not fit" in str(found.failure)
    (problem,) = found.problems
    assert problem.places == [("line 2", "31.12.2025")]
    assert problem.fix == 'Write date_formats: ["%d.%m.%Y"]'
