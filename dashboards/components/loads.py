"""Parts of the page Data health: sources and their last loads, with problems first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import states, tables
from dashboards.components.markup import visible
from dashboards.i18n import formats, name_of, t
from ingestion.control import outcomes
from ingestion.loading import freshness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dashboards.queries import health
    from ingestion.loading.freshness import Freshness

    When = Callable[[datetime | None], str]


def sources(found: Sequence[health.Source], when: When) -> None:
    """Show each source with its verdicts first, since a phone shows the first columns only.

    Args:
        found: The sources, by name.
        when: How a moment of the control store is written.
    """
    tables.plain(
        [_source(source, when) for source in sorted(found, key=_is_well)],
        text=t("health.sources.alt"),
        empty=t("health.sources.empty"),
    )


def _is_well(source: health.Source) -> bool:
    is_judged_old = source.freshness.state not in (freshness.FRESH, freshness.OFF)
    return not (is_judged_old or source.failed_streams or source.unaccounted)


def _source(source: health.Source, when: When) -> dict[str, str]:
    fresh = source.freshness
    return {
        t("health.source"): name_of("source", source.source),
        t("health.state"): tables.neutral(t("health.off"))
        if fresh.state == freshness.OFF
        else tables.badge(t(f"health.{fresh.state}"), is_well=fresh.state == freshness.FRESH),
        t("health.balance"): tables.badge(
            t("health.failed_streams", streams=", ".join(source.failed_streams))
            if source.failed_streams
            else t("health.unaccounted", count=formats.number(source.unaccounted))
            if source.unaccounted
            else t("health.balanced"),
            is_well=not source.failed_streams and not source.unaccounted,
        ),
        t("health.quarantined"): formats.number(source.quarantined),
        t("health.last_load"): tables.unbroken(when(fresh.loaded_at)),
        t("health.age"): _age(fresh),
        t("health.limit"): tables.unbroken(formats.hours(fresh.limit))
        if fresh.limit
        else formats.NONE,
    }


def _age(fresh: Freshness) -> str:
    if fresh.age is None:
        return formats.NONE
    if not fresh.age:
        return tables.unbroken(t("health.age.now"))
    return tables.unbroken(formats.duration(fresh.age.total_seconds()))


def streams(ledger: Sequence[dict[str, Any]], when: When) -> None:
    """Show the last load of each table that is not well; all of them, and notes, when asked for.

    Args:
        ledger: The newest line of each table.
        when: How a moment of the control store is written.
    """
    if not ledger:
        states.empty(t("health.ledger.empty"))
        return
    ill = [row for row in ledger if outcomes.is_bad(row)]
    tables.plain(
        [_stream(row, when) for row in ill],
        text=t("health.ledger.ill.alt"),
        empty=t("health.ledger.well"),
    )
    with st.expander(t("health.ledger.all", count=formats.number(len(ledger)))):
        tables.plain([_stream(row, when) for row in ledger], text=t("health.ledger.alt"), empty="")
    notes = [row for row in ledger if row["note"]]
    if notes:
        with st.expander(t("health.notes", count=len(notes))):
            for row in notes:
                note = f"{name_of('source', row['source'])} · {row['stream']}: {row['note']}"
                st.text(visible(note))


def _stream(row: dict[str, Any], when: When) -> dict[str, str]:
    return {
        t("health.source"): name_of("source", row["source"]),
        t("health.stream"): row["stream"],
        t("health.status"): tables.badge(
            name_of("load_status", row["status"]), is_well=row["status"] not in outcomes.BAD
        ),
        t("health.seen"): formats.number(row["seen"]),
        t("health.loaded"): formats.number(row["loaded"]),
        t("health.deduped"): formats.number(row["deduped"]),
        t("health.put_aside"): formats.number(row["quarantined"]),
        t("health.suppressed"): formats.number(row["suppressed"]),
        t("health.difference"): formats.number(outcomes.unaccounted(row)),
        t("health.finished"): tables.unbroken(when(row["finished_at"])),
    }
