"""How the data is doing, read from the control store, which also knows runs that published nothing.

Nothing here is cached, because the page must show the present state.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dashboards import warehouse
from ingestion.control import outcomes, store
from ingestion.loading import freshness
from ingestion.settings import settings

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from dashboards.warehouse import Publication
    from ingestion.loading.freshness import Freshness

UNMAPPED_AT_MOST = 50
DIFFERENCES_AT_MOST = 50


@dataclass(frozen=True)
class Source:
    """One source: how old its data is, and whether every record is accounted for."""

    source: str
    freshness: Freshness
    failed_streams: tuple[str, ...]
    unaccounted: int
    quarantined: int


def clock(publication: Publication | None) -> datetime:
    """Return the moment by which the age of data is judged, in UTC."""
    is_demo, day = mode(publication) == outcomes.DEMO, publication.as_of if publication else None
    try:
        return freshness.clock(is_demo=is_demo, published=day)
    except sa.exc.SQLAlchemyError:
        # the figures need no control store: only the page Data health has to tell that it is broken
        return freshness.midnight(day) if is_demo and day else settings().now()


def mode(publication: Publication | None) -> str:
    """Return ``demo`` or ``real``: of what is published, else of the newest run."""
    if publication:
        return publication.mode
    runs = store.recent_runs(limit=1)
    return runs[0]["mode"] if runs else outcomes.REAL


def age(publication: Publication) -> timedelta:
    """Return how old the published data is."""
    is_demo, published = publication.mode == outcomes.DEMO, publication.published_at
    begin = (
        freshness.midnight(publication.as_of)
        if is_demo
        else published.replace(tzinfo=published.tzinfo or UTC)
    )
    return clock(publication) - begin


def is_stale(publication: Publication) -> bool:
    """Return whether the published data is older than it should be."""
    return age(publication) > freshness.PUBLISHED_WITHIN


def sources(publication: Publication | None) -> list[Source]:
    """Return every source that is on or was ever loaded."""
    waiting, of = store.quarantine_counts(), defaultdict[str, list[dict[str, Any]]](list)
    for row in store.latest_ledger():
        of[row["source"]].append(row)
    found = freshness.of_sources(
        freshness.noted(),
        is_demo=mode(publication) == outcomes.DEMO,
        published=publication.as_of if publication else None,
    )
    return [
        Source(
            source=source,
            freshness=judged,
            failed_streams=outcomes.failed_streams(of[source]),
            unaccounted=outcomes.missing(of[source]),
            quarantined=sum(row["record_count"] for row in waiting if row["source"] == source),
        )
        for source, judged in found.items()
    ]


def unread_values(publication: Publication) -> list[dict[str, Any]]:
    """Return the fields that held values which could not be read, the most frequent first."""
    return warehouse.rows(
        publication.path,
        """
        select source, record, field, value_count, example
        from marts.fct_unread_values
        order by value_count desc, source, record, field
        limit $limit
        """,
        {"limit": UNMAPPED_AT_MOST},
    )


def unmapped_words(publication: Publication) -> list[dict[str, Any]]:
    """Return the words that no line of a seed gives a meaning, the most frequent first."""
    return warehouse.rows(
        publication.path,
        """
        select
            source, field, word, row_count, last_seen_at, counts_as, may_mean, seed_file, seed_line
        from marts.fct_unmapped_words
        order by row_count desc, source, field, word
        limit $limit
        """,
        {"limit": UNMAPPED_AT_MOST},
    )


def control_totals(publication: Publication) -> list[dict[str, Any]]:
    """Return where a vendor's own figure differs from ours, the unexplained first, then the newest.

    Each with the records behind it: the account or the vendor's id, cause and amount.
    """
    if not warehouse.has_table(publication.path, "marts", "fct_control_totals"):
        return []
    return warehouse.rows(
        publication.path,
        """
        with records as (
            select
                records.control_total_id,
                list(
                    {
                        'name': coalesce(accounts.account_name, records.record_id),
                        'cause': records.cause,
                        'amount': cast(records.amount as double)
                    }
                    order by abs(records.amount) desc nulls last, records.record_id
                ) as records
            from marts.fct_control_total_records as records
            left join marts.dim_accounts as accounts
                on records.account_id = accounts.account_id
            group by all
        )

        select
            totals.source, totals.metric, totals.period_start, totals.currency_code,
            totals.is_explained,
            cast(totals.our_value as double) as our_value,
            cast(totals.their_value as double) as their_value,
            cast(totals.exchange_rate_value as double) as exchange_rate,
            cast(totals.history_value as double) as history,
            cast(totals.setting_value as double) as setting,
            cast(totals.unexplained_value as double) as unexplained,
            coalesce(records.records, []) as records
        from marts.fct_control_totals as totals
        left join records
            on totals.control_total_id = records.control_total_id
        where totals.difference_value != 0
        order by totals.is_explained, totals.period_start desc, totals.source, totals.metric
        limit $limit
        """,
        {"limit": DIFFERENCES_AT_MOST},
    )


def other_currencies(publication: Publication) -> list[dict[str, Any]]:
    """Return who pays in a currency that is in no figure, by its last month, the largest first."""
    if not warehouse.has_table(publication.path, "marts", "fct_mrr_other_currencies"):
        return []
    return warehouse.rows(
        publication.path,
        """
        with latest as (
            from marts.fct_mrr_other_currencies
            qualify row_number() over (
                partition by source, record_id, currency_code order by period_start desc
            ) = 1
        )
        select
            latest.source, coalesce(accounts.account_name, latest.record_id) as name,
            latest.period_start, latest.currency_code,
            cast(latest.mrr_amount as double) as mrr_amount,
            cast(latest.reported_mrr_amount as double) as reported_mrr_amount,
            cast(latest.exchange_rate_amount as double) as exchange_rate_amount
        from latest
        left join marts.dim_accounts as accounts
            on latest.account_id = accounts.account_id
        order by latest.mrr_amount desc, latest.record_id
        limit $limit
        """,
        {"limit": DIFFERENCES_AT_MOST},
    )
