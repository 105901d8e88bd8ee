"""Files that change, come and go between two loads."""

from __future__ import annotations

from tests.ingestion.sources.files.folder import SALES, VISITS, Folder


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
