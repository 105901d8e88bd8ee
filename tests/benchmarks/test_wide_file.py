"""What a column more of a file costs: a file of many columns against one of few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.measuring import measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record

SUBJECT = "Files with many columns"
FEW, MANY, ROWS = 500, 4_000, 100
# a column must cost what it costs among few; what each file costs anyway pulls the ratio down
MOST = 1.5 * MANY / FEW

SETUP = """
import pathlib
from tests.ingestion.sources.files.folder import VISITS, Folder
place = pathlib.Path(sys.argv[1])
place.mkdir(parents=True, exist_ok=True)
width, rows = int(sys.argv[2]), int(sys.argv[3])
folder = Folder(place)
folder.map(VISITS)
head = ",".join(["seen", "mail", *(f"column {number}" for number in range(width))])
cells = ",".join(str(number) for number in range(width))
lines = [f"2026-01-31,visitor{row}@x.example,{cells}" for row in range(rows)]
folder.write("visits.csv", "\\n".join([head, *lines, ""]))
"""
WORK = "assert len(folder.read().rows) == rows"


def test_columns_cost_no_more_the_more_there_are(big_home: Path, record: Record) -> None:
    few, many = (
        measured(SETUP, WORK, big_home / "home", big_home / f"{width}", width, ROWS, times=3)
        for width in (FEW, MANY)
    )
    ratio = many.seconds / few.seconds
    record(SUBJECT, f"seconds for {ROWS} rows of {MANY:,} columns", f"{many.seconds:.1f} s")
    record(SUBJECT, f"as often as {FEW} columns cost", f"{ratio:.1f}", f"≤ {MOST:.0f}")
    assert ratio <= MOST
