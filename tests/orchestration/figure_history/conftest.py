"""A company written out by hand, whose conversations and payments change between publications."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from ingestion.settings import CHECKOUT, settings
from orchestration import publish, records

ZONE = ZoneInfo("Europe/Berlin")
METRIC = """
    metric varchar, period_start date, grain varchar, channel varchar, journey_step varchar,
    journey_phase varchar, persona varchar, numerator double, denominator double,
    sum_of_squares double, sample_size bigint
"""


@dataclass
class Conversation:
    """One conversation; ``started_at`` is UTC."""

    customer: str
    started_at: datetime
    response: int | None = None


@dataclass
class Company:
    """What is in its warehouse; ``publish`` writes and publishes it."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    internal: dict[str, bool] = field(default_factory=dict)
    # (account, month) -> what it pays at the end of the month
    payments: dict[tuple[str, date], float] = field(default_factory=dict)

    def publish(self) -> publish.Publication:
        """Write the warehouse anew, as a build does, and publish it."""
        settings().warehouse.parent.mkdir(parents=True, exist_ok=True)
        with closing(duckdb.connect(str(settings().warehouse))) as connection:
            connection.execute("set timezone = 'UTC'")
            for schema in ("marts", "metrics", "seeds"):
                connection.execute(f"create schema if not exists {schema}")
            self._marts(connection)
            self._metrics(connection)
            connection.execute(
                "create or replace table seeds.metrics as from read_csv($file, all_varchar = true)",
                {"file": str(CHECKOUT / "seeds" / "metrics.csv")},
            )
        before = records.build_started()
        records.build_ended(passed=True, is_complete=True, before=before)
        return publish.publish()

    def _marts(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "create or replace table marts.dim_customers (customer_id varchar, is_internal boolean,"
            " acquisition_channel varchar, first_seen_at timestamptz)"
        )
        connection.execute(
            "create or replace table marts.fct_conversations (conversation_id varchar,"
            " customer_id varchar, started_at timestamptz, first_response_seconds bigint)"
        )
        connection.execute(
            "create or replace table marts.fct_mrr_monthly (account_month_id varchar,"
            " account_id varchar, period_start date, mrr_end_amount decimal(18, 2),"
            " is_active boolean)"
        )
        for name, is_internal in self.internal.items():
            connection.execute(
                "insert into marts.dim_customers values (?, ?, null, null)", [name, is_internal]
            )
        for name, one in self.conversations.items():
            connection.execute(
                "insert into marts.fct_conversations values (?, ?, ?, ?)",
                [name, one.customer, one.started_at, one.response],
            )
        for (account, month), amount in self.payments.items():
            connection.execute(
                "insert into marts.fct_mrr_monthly values (?, ?, ?, ?, ?)",
                [f"{account}-{month}", account, month, amount, amount > 0],
            )

    def counted(self) -> Counter[date]:
        """Return the number of conversations by month, the company's own people left out."""
        return Counter(
            one.started_at.astimezone(ZONE).date().replace(day=1)
            for one in self.conversations.values()
            if not self.internal.get(one.customer, False)
        )

    def paid(self) -> dict[date, float]:
        """Return what all accounts pay, by month."""
        totals: dict[date, float] = {}
        for (_, month), amount in self.payments.items():
            totals[month] = totals.get(month, 0) + amount
        return totals

    def _metrics(self, connection: duckdb.DuckDBPyConnection) -> None:
        for table, metric, figures in (
            ("mtr_support_monthly", "conversations", self.counted()),
            ("mtr_revenue_monthly", "mrr", self.paid()),
        ):
            connection.execute(f"create or replace table metrics.{table} ({METRIC})")
            for month, value in figures.items():
                for channel, number in (("all", value), ("chat", value / 2)):
                    connection.execute(
                        f"insert into metrics.{table} values"
                        " (?, ?, 'month', ?, 'use', 'retention', 'all', ?, null, null, 1)",
                        [metric, month, channel, number],
                    )


def utc(text: str) -> datetime:
    """Return a moment written as ``2026-03-01 12:00``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def company(kette_home: object, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Return a company with three conversations and two payments, as of 1 June 2026."""
    monkeypatch.setenv("KETTE_TODAY", "2026-06-01")
    monkeypatch.setenv("KETTE_DEMO", "1")
    return Company(
        conversations={
            "v1": Conversation("anna", utc("2026-03-10 09:00"), 60),
            "v2": Conversation("jonas", utc("2026-03-11 09:00"), 120),
            "v3": Conversation("anna", utc("2026-05-20 09:00")),
        },
        internal={"anna": False, "jonas": False},
        payments={("nord", date(2026, 4, 1)): 100.0, ("sued", date(2026, 4, 1)): 50.0},
    )
