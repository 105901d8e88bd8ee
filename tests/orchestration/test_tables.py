"""The view over all families of metrics that a copy gets: of the families that it has, whatever they tell."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import duckdb

from orchestration import tables

KEY = "metric varchar, period_start date, numerator double, denominator double, ripe_from date"
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def test_a_copy_has_all_families_in_one_view_each_as_it_is() -> None:
    with closing(duckdb.connect()) as copy:
        copy.execute("create schema metrics")
        copy.execute(f"create table metrics.mtr_revenue_monthly ({KEY})")
        copy.execute(f"create table metrics.mtr_support_monthly ({KEY}, population_size bigint)")
        # of a month too, and of another shape
        copy.execute("create table metrics.mtr_flows_monthly (period_start date, journeys bigint)")
        copy.execute("insert into metrics.mtr_flows_monthly values ('2026-05-01', 3)")
        copy.execute(
            "insert into metrics.mtr_revenue_monthly values ('mrr', ?, 7, null, ?)", [APRIL, MAY]
        )
        copy.execute(
            "insert into metrics.mtr_support_monthly values ('missed_chat_rate', ?, 1, 2, ?, 2)",
            [MAY, MAY],
        )

        tables.assemble(copy)

        assert copy.execute(
            """
            select source_model, metric, period_start, numerator, denominator, population_size
            from metrics.mtr_monthly
            order by all
            """
        ).fetchall() == [
            ("mtr_revenue_monthly", "mrr", APRIL, 7, None, None),
            ("mtr_support_monthly", "missed_chat_rate", MAY, 1, 2, 2),
        ]


def test_a_copy_of_one_family_has_the_columns_of_all() -> None:
    with closing(duckdb.connect()) as copy:
        copy.execute("create schema metrics")
        copy.execute(f"create table metrics.mtr_revenue_monthly ({KEY})")

        tables.assemble(copy)

        assert copy.execute("select population_size from metrics.mtr_monthly").fetchall() == []
