"""`kette files try`: what a person sees of a file, and that nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ingestion.settings import settings
from orchestration.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

ORDERS = "no;day;mail;total\n1;31.12.2025;a@x.example;1,50 €\n2;30.12.2025;b@x.example;2,50 €\n"


def kette(*arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of orders that no mapping describes."""
    monkeypatch.setenv("KETTE_TODAY", "2026-12-31")
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


def test_a_proposal_is_printed_with_its_rows_and_nothing_is_kept(orders: Path) -> None:
    result = kette("files", "try", str(orders))
    assert result.exit_code == 0, result.output
    for part in ('delimiter: ";"', 'decimal: ","', "currency: EUR", "order_amount: total"):
        assert part in result.output
    assert "Of 2 rows 2 would load." in result.output
    assert "2025-12-30 23:00:00 UTC" in result.output
    assert not settings().warehouse.exists()
    assert list((settings().home / "tmp").iterdir()) == []


def test_what_is_printed_is_tried_again_once_it_is_saved(
    orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = kette("files", "try", str(orders)).output
    mapping = printed.split("\n\n")[1] + "\n"
    saved = orders.parent / "orders.yml"
    saved.write_text(mapping.replace('decimal: ","', 'decimal: "."'))
    by_path = kette("files", "try", str(orders), "--mapping", str(saved))
    assert by_path.exit_code == 1
    assert "line 2: 1,50 €" in by_path.output
    assert 'Write decimal: ","' in by_path.output

    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(saved))
    saved.write_text(mapping)
    for more in ([], ["--mapping", "orders"]):
        known = kette("files", "try", str(orders), *more)
        assert known.exit_code == 0, known.output
        assert "Tried with files mapping orders.yml." in known.output
        assert "No mapping" not in known.output
    unknown = kette("files", "try", str(orders), "--mapping", "order")
    assert "Did you mean 'orders'?" in unknown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.csv"], "there is no such file"),
        (["FILE", "--kind", "order"], "Did you mean 'orders'?"),
        (["FILE", "--sheet", "One"], "it is no workbook"),
        (["FILE", "--mapping", "none"], "SOURCES__FILES__MAPPINGS names no mappings"),
        (["FILE", "--mapping", "none.yml"], "it cannot be read"),
    ],
)
def test_a_slip_ends_in_a_sentence(orders: Path, arguments: list[str], said: str) -> None:
    result = kette("files", "try", *(str(orders) if one == "FILE" else one for one in arguments))
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output
