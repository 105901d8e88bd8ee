"""A wrong mapping or file says what is wrong and how to mend it."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import yaml

from ingestion.errors import KetteError
from tests.ingestion.sources.files.folder import VISITS, Folder, as_csv, as_parquet


def problem(folder: Folder, kind: str = "touchpoints") -> KetteError:
    """Return the error that a read ends with."""
    with pytest.raises(KetteError) as caught:
        folder.read(kind)
    return caught.value


def test_a_missing_column_names_file_mapping_column_and_what_there_is(folder: Folder) -> None:
    folder.map(VISITS)
    folder.write("v.csv", "seen,mails,stand\n2026-01-31,a@x.example,B4\n")
    message = str(problem(folder))
    for part in ("visits.yml", "v.csv", "'mail'", "Did you mean 'mails'?", "seen, mails, stand"):
        assert part in message


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"column": {}}, ["unknown key column", "'columns'"]),
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
        ({"path": "visits.yml"}, ["format of visits.yml", "It is a mapping"]),
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
