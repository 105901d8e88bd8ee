"""Every slip of a mapping's author ends in a sentence that says what to write."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from ingestion.errors import KetteError
from ingestion.sources.files.mappings import parsed
from tests.ingestion.sources.files.test_workbook import TABLE, workbook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ingestion.sources.files.folder import Folder

RIGHT = """\
name: o
kind: orders
path: o.csv
delimiter: ";"
decimal: ","
date_formats: ["%d.%m.%Y"]
currency: EUR
identifier:
  type: email
columns:
  order_id: Nr
  ordered_at: Datum
  identifier_value: Mail
  order_amount: Betrag
"""
DATA = "Nr;Datum;Mail;Betrag\n1;31.12.2025;a@x.example;1.000,50\n2;30.12.2025;b@x.example;2,50\n"


def message(text: str, folder: Path) -> str:
    """Return what a mapping is refused with."""
    with pytest.raises(KetteError) as caught:
        parsed(text, "o.yml", folder)
    assert caught.value.fix
    return str(caught.value)


@pytest.mark.parametrize(
    ("right", "slip", "parts"),
    [
        # delimiter
        ('";"', r"\t", ['delimiter: "\\t"']),
        ('";"', "tab", ['delimiter: "\\t"']),
        ('";"', '"||"', ['delimiter: "|"']),
        ('";"', "semicolon", ['delimiter: ";"']),
        ('";"', '"::"', ["one character", '"\\t"']),
        ('";"', "“;”", ["typographic quotes", 'delimiter: ";"']),
        ('";"', "", ["delimiter is empty", "leave it out"]),
        ('";"', "5", ["delimiter must be a text", "quotes"]),
        ('";"', '[";"]', ["one text", 'delimiter: ";"']),
        # date formats
        ('["%d.%m.%Y"]', "dd.mm.yyyy", ['"%d.%m.%Y"']),
        ('["%d.%m.%Y"]', "YYYY-MM-DD", ['"%Y-%m-%d"']),
        ('["%d.%m.%Y"]', "TT.MM.JJJJ hh:mm", ['"%d.%m.%Y %H:%M"']),
        ('["%d.%m.%Y"]', "yyyy-MM-dd'T'HH:mm:ss", ['"%Y-%m-%dT%H:%M:%S"']),
        ('["%d.%m.%Y"]', "MM/dd/yy h:mm a", ['"%m/%d/%y %I:%M %p"']),
        ('["%d.%m.%Y"]', "ISO 8601", ["Leave date_formats out"]),
        ('["%d.%m.%Y"]', "unix", ["epoch_ms"]),
        ('["%d.%m.%Y"]', "german", ['Write e.g. "%d.%m.%Y"']),
        ('["%d.%m.%Y"]', '"%d.%m.%J"', ["%J", "no letter of strptime", "%Y"]),
        ('["%d.%m.%Y"]', '"%F"', ["%Y-%m-%d instead"]),
        ('["%d.%m.%Y"]', '"%d.%m."', ["no whole day"]),
        ('["%d.%m.%Y"]', '"%d.%m.%Y %H:%m"', ["%m twice", "%M the minute"]),
        ('["%d.%m.%Y"]', "[5]", ["text or a list of texts", '["%d.%m.%Y"]']),
        ('["%d.%m.%Y"]', "", ["date_formats is empty", "leave it out"]),
        # other values
        ('decimal: ","', "decimal: comma", ['decimal: ","', 'decimal: "."']),
        ('decimal: ","', "decimal: ,", ["line 5", "in quotes"]),
        ("currency: EUR", "currency: €", ["currency: EUR"]),
        ("currency: EUR", "currency: Dollar", ["three letters", "currency: EUR"]),
        ("currency: EUR\n", "", ["currency_code is missing", "currency: EUR"]),
        ("name: o", "name: my orders", ["letters, digits and underscores", "name: orders_2026"]),
        ("name: o", "name: 2026", ["name must be a text", "quotes"]),
        ("kind: orders", "kind: order", ["'orders'"]),
        ("kind: orders", "kind: Orders", ["'orders'"]),
        ("kind: orders", "kind:", ["kind is empty", "kind: orders"]),
        ("type: email", "type: e-mail", ["'email'"]),
        ("type: email", "type: UserID", ["'user_id'"]),
        ("identifier:\n  type: email", "identifier: email", ["identifier: {type: email}"]),
        ("identifier:\n  type: email\n", "", ["identifier must be given", "{type: email}"]),
        ("name: o", "name: o\ntime_zone: Europe/Berln", ["'Europe/Berlin'"]),
        ("name: o", "name: o\ntime_zone: MEZ", ["time_zone: Europe/Berlin"]),
        ("name: o", "name: o\ntime_zone: Deutschland", ["time_zone: Europe/Berlin"]),
        ("name: o", "name: o\nencoding: utf-88", ["utf-88", "windows-1252"]),
        ("name: o", "name: o\nencoding: unicode_escape", ["unknown", "windows-1252"]),
        ("name: o", "name: o\nformat: excel", ["format cannot be 'excel'", "xlsx"]),
        ("name: o", "name: o\nformat: CSV", ["'csv'"]),
        ("name: o", "name: o\nskip: two", ["number of lines", "skip: 2"]),
        ("name: o", f"name: o\nskip: {10**20}", ["number of lines", "skip: 2"]),
        ("name: o", "name: o\nsheet: 1", ["sheet must be a text", 'sheet: "Orders"']),
        ("name: o", "name: o\nkey:", ["key is empty", "leave it out"]),
        # keys
        ("delimiter:", "delimeter:", ["unknown key delimeter", "'delimiter'"]),
        ("order_id:", "OrderID:", ["columns.OrderID", "'order_id'"]),
        ("  ordered_at: Datum\n", "", ["columns.ordered_at is missing", "which column"]),
        ("  identifier_value: Mail\n", "", ["columns.identifier_value is missing", "which column"]),
        ("order_id: Nr", "order_id:", ["columns.order_id is empty", "which column"]),
        ("order_id: Nr", "order_id: 5", ["text or a list of texts", "quotes"]),
        ("order_id: Nr", "order_id: {valu: 5}", ["'value'"]),
        ("order_id: Nr", "order_id: {value: }", ["order_id: {value:"]),
        ("name: o", "name: o\nname: p", ["line 2", "name stands there twice"]),
        (
            "order_id: Nr",
            "order_id: Nr\n  order_id: No",
            ["line 12", "order_id stands there twice"],
        ),
        # YAML
        ("  type: email", "\ttype: email", ["line 9", "blanks"]),
        ("name: o", "name:o", ["line 2", "blank behind each colon"]),
        ('["%d.%m.%Y"]', "%d.%m.%Y", ["line 6", "in quotes"]),
        ("name: o", "name: !!python/object:os.system o", ["line 1"]),
        ("name: o", "name: 2025-13-45", ["no valid YAML", "quotes"]),
        (RIGHT, "", ["it is empty", "kette files try"]),
        (RIGHT, "- a\n", ["`key: value` lines", "kette files try"]),
        (RIGHT, "hello", ["`key: value` lines", "kette files try"]),
        (RIGHT, RIGHT + "x: " + "[" * 3000, ["no valid YAML"]),
        (RIGHT[RIGHT.index("columns:") :], "", ["columns must be given", "identifier_value"]),
        (RIGHT[RIGHT.index("columns:") :], "columns:\n  - order_id: Nr\n", ["without dashes"]),
    ],
)
def test_a_slip_of_a_mapping_says_what_to_write(
    tmp_path: Path, right: str, slip: str, parts: list[str]
) -> None:
    assert right in RIGHT
    told = message(RIGHT.replace(right, slip, 1), tmp_path)
    assert [part for part in ["o.yml", *parts] if part not in told] == []


def test_what_is_no_slip_is_taken(tmp_path: Path) -> None:
    for written in ("no", "on", "y", '"2026"', "'%'"):
        mapping = parsed(RIGHT.replace("order_id: Nr", f"order_id: {written}"), "o.yml", tmp_path)
        assert mapping.columns["order_id"].names == (written.strip("\"'"),)


def zipped() -> bytes:
    """Return an archive with a file that is no part of a workbook."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as packed:
        packed.writestr("o.csv", DATA)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("content", "more", "parts"),
    [
        (DATA.replace("Betrag", "Betrag;Betrag"), "", ["'Betrag'", "Betrag_1 or Betrag_2"]),
        (DATA.replace("Nr", "NR"), "", ["no column 'Nr'", "'NR'"]),
        (DATA.replace("Datum", "Datums"), "", ["no column 'Datum'", "'Datums'"]),
        (DATA.partition("\n")[2], "", ["no column", "names of the columns"]),
        (DATA.replace(";", "\t"), "", ['delimiter: "\\t"']),
        (DATA.replace(",", "").replace(";", ","), "", ['delimiter: ","']),
        (
            DATA.replace(".000", "").replace(",", "."),
            "",
            ["order_amount: no number", 'decimal: "."'],
        ),
        (DATA.replace(".12.", "/12/"), "", ["no time", '["%d/%m/%Y"]']),
        (DATA, "skip: 9\n", ["below the 9 lines", "skip"]),
        (DATA, "encoding: utf-16\n", ["it is not in utf-16", "encoding"]),
        (DATA.encode("utf-16"), "encoding: utf-8\n", ["encoding: utf-16"]),
        (DATA, "format: xlsx\n", ["no workbook", "format: csv"]),
        (DATA, "format: json\n", ["no JSON (line 1)", "format: csv"]),
        (DATA, "format: parquet\n", ["no Parquet", "format: csv"]),
        (workbook(A=TABLE), "", ["a workbook", "format: xlsx", ".xlsx"]),
        (workbook(A=TABLE), "format: xlsx\nsheet: B\n", ["no sheet 'B'", "A"]),
        (workbook(A=TABLE), "format: xlsx\nskip: 99\n", ["below the 99 rows", "skip"]),
        (workbook(A=TABLE)[:-40], "format: xlsx\n", ["damaged", "save it again"]),
        ('[{"Nr": 1}]', "", ["it is JSON", "format: json"]),
        ('[{"o": {"Nr": 1}}]', "format: json\n", ["no column 'Nr'", "outer/inner"]),
        (gzip.compress(DATA.encode()), "", ["gzip", ".gz"]),
        (zipped(), "", ["zip archive", "Unpack"]),
        (b"Rar!\x1a\x07\x00", "", ["packed", "Unpack"]),
        (b"%PDF-1.4", "", ["a PDF", "CSV"]),
        (b"<!DOCTYPE html><table>", "", ["web page", ".xlsx"]),
        (b"\x89PNG\r\n\x1a\n", "", ["a picture"]),
    ],
)
def test_a_mapping_that_does_not_fit_its_file_says_what_to_write(
    folder: Folder, content: str | bytes, more: str, parts: list[str]
) -> None:
    folder.write("o.yml", RIGHT + more)
    folder.write("o.csv", content)
    with pytest.raises(KetteError) as caught:
        folder.read("orders")
    assert caught.value.fix
    told = str(caught.value)
    assert [part for part in ["o.yml", "o.csv", *parts] if part not in told] == []


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("O.csv", ["'o.csv'"]),
        ("ordres/o.csv", ["no folder"]),
        ("https://x.example/o.csv", ["Download"]),
        ("$HOME/o.csv", ["KETTE_", "$$"]),
        ("o.zip", ["Unpack"]),
        ("o.docx", [".xlsx"]),
        ("o.dat", ["Add format", "csv"]),
    ],
)
def test_a_path_that_names_no_table_says_what_to_write(
    folder: Folder, path: str, parts: list[str]
) -> None:
    folder.write("o.yml", RIGHT.replace("o.csv", path))
    for name in ("o.csv", "o.zip", "o.docx", "o.dat"):
        folder.write(name, DATA)
    with pytest.raises(KetteError) as caught:
        folder.read("orders")
    told = str(caught.value)
    assert [part for part in ["o.yml", *parts] if part not in told] == []


def test_utf_16_without_a_mark_and_both_spellings_of_an_accent_are_read(folder: Folder) -> None:
    folder.write("o.yml", RIGHT.replace("Betrag", "Beträge"))
    # a letter and its accent, each with a number of its own
    apart = DATA.replace("Betrag", "Betra\u0308ge")
    folder.write("o.csv", apart.encode("utf-16-le"))
    assert folder.read("orders").column("order_id") == ["1", "2"]
