"""Demo and real data never meet in one warehouse."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pytest

from ingestion.errors import KetteError
from ingestion.settings import settings
from orchestration.host import mode


def test_without_credentials_the_mode_is_demo() -> None:
    assert mode.current() == "demo"


def test_one_source_with_credentials_makes_it_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", "a token")
    assert mode.current() == "real"


def test_a_warehouse_takes_the_mode_of_its_first_run_and_keeps_it() -> None:
    mode.claim_warehouse()
    mode.claim_warehouse()
    with closing(duckdb.connect(str(settings().warehouse), read_only=True)) as connection:
        assert connection.execute("select mode from kette.about").fetchall() == [("demo",)]


@pytest.mark.parametrize(
    ("first", "second"), [("demo", "real"), ("real", "demo")], ids=["demo first", "real first"]
)
def test_a_warehouse_refuses_the_other_kind(
    first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mode, "current", lambda: first)
    mode.claim_warehouse()
    monkeypatch.setattr(mode, "current", lambda: second)
    with pytest.raises(KetteError) as error:
        mode.claim_warehouse()
    assert f"this warehouse holds {first} data and the sources are {second}" in str(error.value)
    assert "KETTE_HOME" in error.value.fix


def test_a_file_that_is_no_database_is_named_with_a_next_step() -> None:
    settings().warehouse.parent.mkdir(parents=True)
    settings().warehouse.write_bytes(b"this is no database" * 1000)
    with pytest.raises(KetteError, match="it is damaged"):
        mode.claim_warehouse()


def test_a_warehouse_is_made_in_a_format_that_can_pack_json_well() -> None:
    mode.claim_warehouse()
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        connection.execute("create table kept (payload json using compression zstd)")
        connection.execute("insert into kept select '{\"n\": ' || i || '}' from range(200000) r(i)")
        connection.execute("checkpoint")
        packed = connection.execute(
            "select distinct compression from pragma_storage_info('kept')"
            " where segment_type = 'JSON'"
        ).fetchall()
    assert packed == [("ZSTD",)]


def test_a_warehouse_that_cannot_be_made_is_named_with_a_next_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise duckdb.IOException("Cannot open file: Permission denied")

    monkeypatch.setattr("ingestion.loading.warehouse.make", refuse)
    with pytest.raises(KetteError, match="cannot be opened") as error:
        mode.claim_warehouse()
    assert error.value.where == str(settings().warehouse)
