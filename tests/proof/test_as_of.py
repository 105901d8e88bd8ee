"""States on a day against what the dimensions said on that day.

The earlier dimensions are those that a run published on that day. The states come from a run a
month later, after records were changed, deleted and merged and late ones came. Days are those of
UTC here, so that the end of a day is the moment up to which a run counts.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.proof.conftest import kette

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Company

pytestmark = pytest.mark.proof

# all of the day before the company's today has happened when its first run ends
DAY, NEXT_DAY = "date '2026-05-31'", "timestamptz '2026-06-01 00:00:00+00'"
OF_ACCOUNTS = (
    "customer_since", "is_paying", "churned_at", "mrr_amount", "plan_name", "paid_amount",
    "person_count", "active_person_count_28", "seat_count", "renews_at", "usage_score",
    "support_score", "feedback_score", "payment_score", "health_score", "health_status",
)  # fmt: skip
OF_PERSONS = (
    "journey_phase", "touchpoint_count", "conversation_count", "open_conversation_count",
    "order_count", "last_nps_score", "last_csat_score", "last_ces_score", "active_days_28",
    "product_last_used_at", "has_email_marketing_consent", "has_analytics_consent",
    "has_publication_consent", "account_plan_name", "account_mrr_amount", "account_renews_at",
    "account_health_status",
)  # fmt: skip
# what was known otherwise then: who somebody is, what came late or was said anew, a chat that nobody
# had answered yet, a ticket that was opened again
UNSETTLED = f"""
    create temp table unsettled as
    with told as (
        select
            'early' as run, customer_id, account_id, touchpoint_id as what
        from early.marts.fct_touchpoints
        union all
        select 'late', customer_id, account_id, touchpoint_id
        from late.marts.fct_touchpoints
        where occurred_at < {NEXT_DAY}
        union all
        select 'early', persons.customer_id, persons.account_id, 'is ' || identifier_value
        from early.marts.bridge_customer_identifiers
        inner join early.marts.dim_customers as persons using (customer_id)
        union all
        select 'late', persons.customer_id, persons.account_id, 'is ' || identifier_value
        from late.marts.bridge_customer_identifiers as identifiers
        inner join late.marts.dim_customers as persons using (customer_id)
        where identifiers.first_seen_at < {NEXT_DAY}
        -- a list or a contact keeps only its last word
        union all
        select 'early', customer_id, null, 'says ' || concat_ws(' ', record, record_id, occurred_at)
        from early.marts.fct_consents
        where source != 'ga4'
        union all
        select 'late', customer_id, null, 'says ' || concat_ws(' ', record, record_id, occurred_at)
        from late.marts.fct_consents
        where source != 'ga4' and occurred_at < {NEXT_DAY}
    ),
    once as (
        select customer_id, account_id, what from told
        group by all having count(distinct run) = 1
    )
    select customer_id, account_id from once
    union
    select customer_id, account_id from late.marts.fct_conversations
    where started_at < {NEXT_DAY} and first_agent_message_at >= {NEXT_DAY}
    -- solved then, and opened again since
    union
    select late.customer_id, late.account_id from late.marts.fct_conversations as late
    inner join early.marts.fct_conversations as early using (conversation_id)
    where early.resolved_at is not null and late.resolved_at is distinct from early.resolved_at
"""


@pytest.fixture(scope="module")
def both(
    company: Company, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection to what was published early and, a month later, late."""
    home = tmp_path_factory.mktemp("as_of") / "home"
    shutil.copytree(company.home, home, symlinks=True)
    early = home / "early.duckdb"
    kette(home, "run", KETTE_TIME_ZONE="UTC")
    shutil.copyfile(published(home), early)
    kette(home, "sandbox", "advance", "--days", "30")
    kette(home, "run", KETTE_TIME_ZONE="UTC")
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{early}' as early (read_only)")
        connection.execute(f"attach '{published(home)}' as late (read_only)")
        connection.execute(UNSETTLED)
        yield connection


def published(home: Path) -> Path:
    return (home / "serving" / "current.duckdb").resolve()


def compared(
    both: duckdb.DuckDBPyConnection, dimension: str, states: str, key: str, columns: tuple[str, ...]
) -> tuple[dict[str, list[str]], int, int]:
    """Return who differs in each column, how many are settled, and how many there are."""
    rows = f"""
        early.marts.{dimension} as dim
        left join late.marts.{states} as states
            on dim.{key} = states.{key}
            and states.valid_from <= {DAY} and (states.valid_to > {DAY} or states.is_current)
    """
    settled = f"dim.{key} not in (select {key} from unsettled where {key} is not null)"
    found = {
        column: [
            f"{who}: {then}, told as {told}"
            for who, then, told in both.execute(
                f"""
                select dim.{key}, dim.{column}, states.{column} from {rows}
                where {settled} and dim.{column} is distinct from states.{column}
                """
            ).fetchall()
            # when a cancellation was given is not dated: what was due is told
            if not (column.endswith("renews_at") and then is None)
        ]
        for column in columns
    }
    counts = both.execute(f"select count(*) filter ({settled}), count(*) from {rows}").fetchone()
    assert counts
    return {column: who for column, who in found.items() if who}, *counts


@pytest.mark.parametrize(
    ("dimension", "states", "key", "columns"),
    [
        ("dim_accounts", "fct_account_states", "account_id", OF_ACCOUNTS),
        ("dim_customers", "fct_customer_states", "customer_id", OF_PERSONS),
    ],
    ids=["accounts", "persons"],
)
def test_the_state_on_a_day_is_what_the_dimension_said_then(
    company: Company,
    both: duckdb.DuckDBPyConnection,
    dimension: str,
    states: str,
    key: str,
    columns: tuple[str, ...],
) -> None:
    differing, settled, everybody = compared(both, dimension, states, key, columns)
    assert differing == {}, f"--seed {company.seed}"
    # most are: else it would prove little
    assert settled > everybody * 0.6, (settled, everybody)


def test_seats_renewals_and_health_have_changed_since(both: duckdb.DuckDBPyConnection) -> None:
    changed = both.execute(
        """
        select
            count(*) filter (early.seat_count != late.seat_count),
            count(*) filter (early.renews_at != late.renews_at),
            count(*) filter (early.health_score != late.health_score)
        from early.marts.dim_accounts as early
        inner join late.marts.dim_accounts as late using (account_id)
        """
    ).fetchone()
    assert changed
    assert min(changed) > 0, changed
