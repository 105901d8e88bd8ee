"""Survey answers in files: what a row must say, and what becomes of one that does not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ingestion.errors import KetteError
from tests.ingestion.sources.files.folder import utc

if TYPE_CHECKING:
    from tests.ingestion.sources.files.folder import Folder

ANSWERS = {
    "name": "answers",
    "kind": "surveys",
    "path": "*.csv",
    "time_zone": "UTC",
    "identifier": {"type": "email"},
    "columns": {
        "survey_id": {"value": "s1"},
        "answered_at": "at",
        "question_kind": "kind",
        "identifier_value": "mail",
        "score": "score",
    },
}


def test_several_answers_of_a_person_to_a_survey_are_several_rows(folder: Folder) -> None:
    folder.map(ANSWERS)
    folder.write(
        "a.csv",
        "at,kind,mail,score\n2026-01-31,nps,a@x.example,9\n2026-01-31,nps,a@x.example,9\n"
        "2026-04-30,nps,a@x.example,6.5\n",
    )
    read = folder.read("surveys")
    assert read.column("score") == [Decimal(9), Decimal(9), Decimal("6.5")]
    assert len(set(read.column("row_id"))) == 3
    # a day of the business time zone, Europe/Berlin
    assert read.column("answered_at")[-1] == utc("2026-04-29 22:00")


def test_a_row_that_is_no_answer_is_kept_with_its_reason(folder: Folder) -> None:
    folder.map(ANSWERS)
    folder.write(
        "a.csv",
        "at,kind,mail,score\n2026-01-31,nps,a@x.example,9\n2026-01-31,mood,a@x.example,9\n"
        ",nps,a@x.example,9\n2026-01-31,csat,a@x.example,good\n2026-01-31,text,,\n",
    )
    read = folder.read("surveys")
    assert read.column("question_kind") == ["nps", "text"]
    assert read.reasons == [
        "question_kind: not nps or csat or ces or star or text or review",
        "answered_at: missing",
        "score: no number",
    ]


def test_a_mapping_without_the_kind_of_question_is_refused(folder: Folder) -> None:
    columns = {name: of for name, of in ANSWERS["columns"].items() if name != "question_kind"}  # type: ignore[attr-defined]  # a mapping of mappings
    folder.map({**ANSWERS, "columns": columns})
    folder.write("a.csv", "at,kind,mail,score\n")
    with pytest.raises(KetteError, match=r"columns\.question_kind is missing: surveys need it"):
        folder.read("surveys")
