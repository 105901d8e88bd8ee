"""`kette metric` against what is published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app

if TYPE_CHECKING:
    from tests.conftest import Company


def printed(*arguments: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["metric", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_metric_by_channel_is_what_the_marts_say(in_company: Company) -> None:
    told = json.loads(printed("visits", "--by", "channel", "--total", "--json"))
    with duckdb.connect(
        str(in_company.home / "serving" / "current.duckdb"), read_only=True
    ) as published:
        counted = dict(
            published.execute(
                "select acquisition_channel, count(*) from marts.fct_sessions where customer_id "
                "not in (select customer_id from marts.dim_customers where is_internal) group by all"
            ).fetchall()
        )
    assert {row["channel"]: row["value"] for row in told} == counted


@pytest.mark.usefixtures("in_company")
def test_a_metric_is_printed_with_its_words_cases_and_interval() -> None:
    lines = printed("bounce_rate", "--total").splitlines()
    assert lines[0].startswith("Bounce rate  Share of the visits with a single touchpoint.")
    assert lines[1].split() == ["value", "95", "%", "interval", "n"]
    assert lines[2].count("%") == 3


@pytest.mark.usefixtures("in_company")
def test_a_name_that_is_nearly_right_is_told_the_right_one() -> None:
    done = CliRunner().invoke(app, ["metric", "bounce_raet"])
    assert done.exit_code == 1
    assert "Did you mean bounce_rate" in " ".join(done.output.split())
