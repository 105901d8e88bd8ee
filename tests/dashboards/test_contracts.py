"""The written-out warehouse of these tests has the columns that the models promise."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
import yaml

from dashboards.pages import PAGES
from ingestion.settings import CHECKOUT
from tests.dashboards import warehouse_fixture, worked_drivers
from tests.structure import page_code

TABLES = warehouse_fixture.TABLES | worked_drivers.TABLES
MODELS = CHECKOUT / "dbt_project" / "models"
COLUMN = re.compile(r"(\w+) ([a-z]+(?:\[\])?)(\([^)]*\))?")
# names that the two write differently
SAME = {"timestamp with time zone": "timestamptz", "int": "integer", "text": "varchar"}


@cache
def contracts() -> dict[str, dict[str, str]]:
    """Return the columns that each model promises, with their types."""
    files = [file for schema in ("marts", "metrics") for file in (MODELS / schema).rglob("*.yml")]
    documents: list[dict[str, Any]] = [yaml.safe_load(file.read_text()) or {} for file in files]
    return {
        model["name"]: {
            column["name"]: str(column.get("data_type", "")).lower() for column in model["columns"]
        }
        for document in documents
        for model in document.get("models", ())
    }


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_the_tests_has_only_promised_columns(table: str) -> None:
    promised = contracts()[table.split(".")[1]]
    for name, kind, _ in COLUMN.findall(TABLES[table]):
        assert name in promised, f"{table}.{name}"
        family = SAME.get(promised[name], promised[name].split("(")[0])
        assert kind == family, f"{table}.{name} is promised as {family}"


def test_every_table_that_the_pages_read_is_one_of_the_tests() -> None:
    read = {table for page in PAGES for table in page_code.tables_read(page.script)}
    # the view over all families is made of them
    assert read <= {table.split(".")[1] for table in TABLES} | {
        "metrics",
        "mtr_monthly",
        "survey_moments",
        "driver_candidates",
    }
