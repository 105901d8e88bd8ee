"""Files in the warehouse: replaced whole, left alone when something is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import KetteError
from ingestion.loading import warehouse
from ingestion.loading.run import run, source_status
from ingestion.settings import CHECKOUT
from ingestion.sources import files
from tests.ingestion.sources.files.folder import SALES, VISITS, Folder

if TYPE_CHECKING:
    from pathlib import Path


def loaded(query: str) -> list[Any]:
    """Return what a query finds in the warehouse."""
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def test_a_load_replaces_changed_files_and_leaves_the_one_that_is_wrong(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(folder.path))
    folder.map(VISITS)
    folder.write("a.csv", "seen,mail\n2026-01-31,a@x.example\n2026-01-31,b@x.example\n")
    folder.write("b.csv", "seen,mail\n2026-01-31,c@x.example\n2026-01-32,d@x.example\n")
    touchpoints, orders, *_ = run(files.LOAD)
    assert (touchpoints.seen, touchpoints.loaded, touchpoints.quarantined) == (4, 3, 1)
    assert (orders.seen, orders.loaded) == (0, 0)

    folder.write("a.csv", "seen,mail\n2026-01-31,e@x.example\n")
    (folder.path / "b.csv").unlink()
    run(files.LOAD)
    mails = "select identifier_value from raw_files.touchpoints"
    assert loaded(mails) == [("e@x.example",)]

    folder.write("c.csv", "seen,mail\n2026-01-31,f@x.example\n")
    folder.write("a.csv", "seen,post\n2026-01-31,g@x.example\n")
    with pytest.raises(KetteError, match="no column 'mail'"):
        run(files.LOAD)
    assert loaded(f"{mails} order by 1") == [("e@x.example",), ("f@x.example",)]


def test_what_fails_is_a_file_or_a_mapping_with_a_key_and_not_the_others(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(folder.path))
    folder.map(SALES, name="keyed", path="keyed/*.csv")
    folder.map(SALES, name="lost", path="lost/*.csv")
    header = "no,day,buyer,total\n"
    folder.write("keyed/a.csv", f"{header}1,2026-01-31,u,1\n")
    folder.write("lost/a.csv", f"{header}1,2026-01-31,u,7\n")
    run(files.LOAD)

    # of the mapping with a key b.csv fails, and a.csv could hold what b.csv says otherwise
    folder.write("keyed/a.csv", f"{header}1,2026-01-31,u,2\n2,2026-01-31,u,2\n")
    folder.write("keyed/b.csv", f"{header}1,31.01.2026,u,3\n")
    # without a key a file fails alone
    folder.map(SALES, name="lines", path="lines/*.csv", key=[])
    folder.write("lines/a.csv", f"{header}1,2026-01-31,u,4\n1,2026-01-32,u,4\n")
    folder.write("lines/b.csv", f"{header}1,31.01.2026,u,5\n")
    # a folder that is not there takes nothing along
    (folder.path / "lost" / "a.csv").unlink()
    with pytest.raises(KetteError) as caught:
        run(files.LOAD)
    told = str(caught.value)
    for part in ("keyed.yml: b.csv", "lines.yml: b.csv", "lost.yml: no file matches"):
        assert part in told
    assert "ordered_at: no time" in told
    orders = "select mapping, file, order_amount from raw_files.orders order by all"
    stayed = [("keyed", "keyed/a.csv", 1), ("lines", "lines/a.csv", 4), ("lost", "lost/a.csv", 7)]
    assert loaded(orders) == stayed

    folder.write("keyed/b.csv", f"{header}1,2026-01-31,u,3\n")
    folder.write("lines/b.csv", f"{header}1,2026-01-31,u,5\n")
    folder.write("lost/a.csv", f"{header}1,2026-01-31,u,7\n")
    _, mended, _ = run(files.LOAD)
    # keyed: three lines, two keys; lines/b.csv; the others have not changed
    assert (mended.seen, mended.loaded, mended.deduped) == (4, 3, 1)
    assert loaded("select mapping, order_id, order_amount from raw_files.orders order by all") == [
        ("keyed", "1", 3),
        ("keyed", "2", 2),
        ("lines", "1", 4),
        ("lines", "1", 5),
        ("lost", "1", 7),
    ]


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        (
            "kind: orders\nnmae: shop\n",
            "mapping shop.yml, line 2{}: unknown key nmae. Did you mean 'name'?",
        ),
        ("kind: orders\n\nname: a: b\n", "mapping shop.yml{}: it is no valid YAML in line 3"),
        ("", "mapping shop.yml{}: it is empty"),
    ],
    ids=["unknown key", "no YAML", "empty"],
)
def test_a_slip_in_a_mapping_turns_off_that_mapping_alone(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, slip: str, told: str
) -> None:
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(folder.path))
    folder.map(SALES, path="shop/*.csv")
    folder.map(SALES, name="other", path="other/*.csv")
    folder.map(VISITS, path="visits/*.csv")
    folder.write("shop/a.csv", "no,day,buyer,total\n1,2026-01-31,u,1\n")
    folder.write("other/a.csv", "no,day,buyer,total\n1,2026-01-31,u,2\n")
    folder.write("visits/a.csv", "seen,mail\n2026-01-31,a@x.example\n")
    run(files.LOAD)

    folder.write("shop.yml", slip)
    folder.write("other/a.csv", "no,day,buyer,total\n1,2026-01-31,u,3\n")
    folder.write("visits/b.csv", "seen,mail\n2026-01-31,b@x.example\n")
    (folder.path / "visits" / "a.csv").unlink()
    with pytest.raises(KetteError) as caught:
        run(files.LOAD)
    assert told.format(")") in str(caught.value)
    assert source_status(files.LOAD).state == "on"
    assert told.format("") in source_status(files.LOAD).reason
    # what was stored of it stays, and the others are loaded
    assert loaded("select order_amount from raw_files.orders order by 1") == [(1,), (3,)]
    mails = "select identifier_value from raw_files.touchpoints"
    assert loaded(mails) == [("b@x.example",)]

    folder.map(SALES, path="shop/*.csv")
    run(files.LOAD)
    assert loaded("select order_amount from raw_files.orders order by 1") == [(1,), (3,)]


def test_the_example_that_ships_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    example = CHECKOUT / "docs" / "examples" / "files" / "trade_fair_visits.yml"
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(example))
    touchpoints, *_ = run(files.LOAD)
    assert (touchpoints.loaded, touchpoints.quarantined) == (8, 0)
    # the sums of the spreadsheet: seven values, one of them with 50 cents
    assert loaded("select sum(value_amount) from raw_files.touchpoints") == [(Decimal("8118.5"),)]


def test_the_example_of_survey_answers_that_ships_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    example = CHECKOUT / "docs" / "examples" / "files" / "counter_feedback.yml"
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(example))
    *_, surveys = run(files.LOAD)
    assert (surveys.loaded, surveys.quarantined) == (5, 0)
    answers = (
        "select response_id, question_kind, score, scale_max, wording_version, identifier_value, "
        "publication_consent from raw_files.surveys order by properties->>'line'"
    )
    assert loaded(answers)[1:3] == [
        (
            "V1",
            "nps",
            Decimal(9),
            Decimal(10),
            "1",
            "helene.brandt@kaffeehaus-sonne.example",
            "yes",
        ),
        ("V2", "csat", Decimal(2), Decimal(5), "2", None, "no"),
    ]


@pytest.mark.real_data
def test_real_orders_come_in_to_the_cent(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_REAL_DATA", str(real_data))
    example = CHECKOUT / "docs" / "examples" / "files" / "cdnow_orders.yml"
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(example))
    run(files.LOAD)
    totals = (
        "select count(*), count(distinct identifier_value), sum(order_amount) "
        "from raw_files.orders where currency_code = 'USD' and identifier_namespace = 'cdnow'"
    )
    # as the data set's publishers count them
    assert loaded(totals) == [(69_659, 23_570, Decimal("2500315.63"))]


def test_the_example_of_page_speed_that_ships_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    example = CHECKOUT / "docs" / "examples" / "files" / "web_vitals.yml"
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(example))
    touchpoints, *_ = run(files.LOAD)
    assert (touchpoints.loaded, touchpoints.quarantined) == (4, 0)
    vitals = (
        "select content, identifier_value, epoch_ms(occurred_at::timestamptz), "
        "(properties->'metrics'->>'lcp_ms')::int, (properties->'metrics'->>'inp_ms')::int "
        "from raw_files.touchpoints order by occurred_at"
    )
    # the second page was measured twice, and the last line counts; nobody clicked on the third
    assert loaded(vitals) == [
        ("/pricing", "8d1c-aa01", 1780041600123, 2140, 96),
        ("/reviews", "8d1c-aa01", 1780041655300, 4870, 512),
        ("/", None, 1780045200000, 1180, None),
        ("/docs", "77f0-be42", 1780048812750, 1630, 48),
    ]
