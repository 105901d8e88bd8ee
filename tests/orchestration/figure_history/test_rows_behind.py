"""The catalogue, the marts and what is watched of them agree."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import yaml

from dashboards.i18n import LANGUAGES, TEXTS
from ingestion.settings import CHECKOUT
from orchestration.figure_history.rows_behind import WATCHED

PERSONAL = {"full_name", "email", "phone", "city", "text", "comment", "subject", "content"}


def test_every_monthly_figure_names_the_rows_it_is_counted_from() -> None:
    with (CHECKOUT / "seeds" / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        is_monthly = row["source_model"].endswith("_monthly")
        assert (row["rows_model"] in WATCHED) == is_monthly, row["metric"]
        assert bool(row["rows_months"]) == is_monthly, row["metric"]
    assert {row["rows_model"] for row in rows} - {""} == set(WATCHED)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_is_watched_has_a_name_that_people_read(language: str) -> None:
    assert {f"rows.{model}" for model in WATCHED} - TEXTS[language].keys() == set()


@pytest.mark.parametrize("model", WATCHED)
def test_what_is_watched_is_promised_by_the_mart_and_not_personal(model: str) -> None:
    promised: set[str] = set()
    for file in (CHECKOUT / "dbt_project" / "models" / "marts").rglob("*.yml"):
        document: dict[str, Any] = yaml.safe_load(file.read_text()) or {}
        for entry in document.get("models", ()):
            if entry["name"] == model:
                promised = {column["name"] for column in entry["columns"]}
    watched = WATCHED[model]
    assert {watched.key, watched.month_of, *watched.columns} <= promised
    assert set(watched.measures) <= set(watched.columns)
    assert not PERSONAL & set(watched.columns)
