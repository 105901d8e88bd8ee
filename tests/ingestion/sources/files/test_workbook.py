"""A workbook: its sheet, the row its table begins in, and cells that have types."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest

from ingestion.errors import KetteError
from tests.ingestion.sources.files.folder import SALES, Folder, utc

OFFICE = "http://schemas.openxmlformats.org"
MAIN, LINKS = f"{OFFICE}/spreadsheetml/2006/main", f"{OFFICE}/officeDocument/2006/relationships"
TITLE = '<row r="1"><c r="A1" t="str"><v>Orders of 2025</v></c></row>'
HEADER = "".join(
    f'<c r="{column}3" t="str"><v>{name}</v></c>'
    for column, name in zip("ABCD", ("no", "day", "buyer", "total"), strict=True)
)
# 46022 is 31 December 2025 in a spreadsheet's count of days; the total is a formula with its value
ORDER = (
    '<c r="A4"><v>1001</v></c><c r="B4" s="1"><v>46022</v></c>'
    '<c r="C4" t="str"><v>u1</v></c><c r="D4"><f>10.25*2</f><v>20.5</v></c>'
)
SECOND = (
    '<c r="A6"><v>1002</v></c><c r="B6" t="str"><v>30.12.2025</v></c>'
    '<c r="C6" t="str"><v>u2</v></c><c r="D6" t="str"><v>1.234,50 €</v></c>'
)
TABLE = f'{TITLE}<row r="3">{HEADER}</row><row r="4">{ORDER}</row><row r="6">{SECOND}</row>'


def workbook(**sheets: str) -> bytes:
    """Return a workbook with these sheets; cells of style 1 are dates."""
    sink = io.BytesIO()
    numbers = list(enumerate(sheets, 1))
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{OFFICE}/package/2006/relationships"><Relationship Id="r" '
            f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in numbers)
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{LINKS}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i, _ in numbers
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{links}</Relationships>',
        )
        packed.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
            "</styleSheet>",
        )
        for i, name in numbers:
            packed.writestr(
                f"xl/worksheets/s{i}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{sheets[name]}</sheetData></worksheet>',
            )
    return sink.getvalue()


def test_cells_of_a_workbook_have_their_types_whatever_the_mapping_says(folder: Folder) -> None:
    folder.map(SALES, path="o.xlsx", decimal=",", date_formats=["%d.%m.%Y"])
    folder.write("o.xlsx", workbook(Notes=TITLE, Orders=TABLE))
    read = folder.read("orders")
    assert read.column("order_id") == ["1001", "1002"]
    assert read.column("order_amount") == [Decimal("20.5"), Decimal("1234.5")]
    # a day is one by the company's clock, which is Berlin's
    assert read.column("ordered_at") == [utc("2025-12-30 23:00"), utc("2025-12-29 23:00")]


def test_several_sheets_with_the_columns_are_not_guessed_among(folder: Folder) -> None:
    folder.map(SALES, path="o.xlsx", decimal=",", date_formats=["%d.%m.%Y"])
    folder.write("o.xlsx", workbook(January=TABLE, February=TABLE))
    with pytest.raises(KetteError, match="several sheets hold these columns: January, February"):
        folder.read("orders")


def test_a_workbook_that_is_none_is_refused_in_a_sentence(folder: Folder) -> None:
    folder.map(SALES, path="o.*")
    folder.write("o.xlsx", workbook(Orders=TABLE)[:-40])
    with pytest.raises(KetteError, match="the workbook is damaged"):
        folder.read("orders")
