"""Data health: whether the data is fresh, complete and checked, even if the last run failed."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa
import streamlit as st

from dashboards import warehouse
from dashboards.components import (
    identity,
    loads,
    proposals,
    published,
    quality,
    states,
    tables,
    totals,
)
from dashboards.components.markup import visible
from dashboards.i18n import formats, name_of, t
from dashboards.queries import health
from ingestion.control import outcomes, store
from ingestion.loading import freshness
from ingestion.settings import settings

if TYPE_CHECKING:
    from datetime import datetime

RUNS_SHOWN = 10
FAILING = ("fail", "error")

try:
    publication = warehouse.current()
except duckdb.Error:
    # the entry point has said so; the control store still knows the rest
    publication = None
zone = publication.time_zone if publication else settings().time_zone


def when(moment: datetime | None) -> str:
    """Return a moment of the control store, which keeps UTC without saying so."""
    return formats.moment(moment.replace(tzinfo=UTC) if moment else None, zone)


try:
    runs = store.recent_runs(limit=RUNS_SHOWN)
    ledger = store.latest_ledger()
    sources = health.sources(publication)
    quarantine = store.quarantine_counts()
    latest, built = store.latest_publication(), store.last_build()
except sa.exc.SQLAlchemyError as error:
    st.error(t("health.store.broken"), icon=":material/error:")
    st.text(visible(str(error).splitlines()[0]))
    st.stop()

if not runs and not ledger:
    states.empty(t("health.empty"))
    st.code("make run", language="bash")
    st.stop()

# checks belong to runs that build models: a load alone checks nothing
checked = next(((run, rows) for run in runs if (rows := store.checks(run["run_id"]))), None)
failing = [row for row in checked[1] if row["status"] in FAILING] if checked else []
noteworthy = [row for row in checked[1] if row["status"] != "pass"] if checked else []
judged = [source for source in sources if source.freshness.state != freshness.OFF]
fresh = [source for source in judged if source.freshness.state == freshness.FRESH]
ill = [source for source in sources if source.failed_streams or source.unaccounted]

with st.grid(4, min_column_width=200):
    tables.verdict(
        t("health.run"),
        name_of("run_status", runs[0]["status"]).capitalize() if runs else t("health.none"),
        is_well=not runs or runs[0]["status"] != outcomes.FAILED,
        text=when(runs[0]["started_at"]) if runs else "",
        help=t("health.run.help"),
    )
    tables.verdict(
        t("health.freshness"),
        t("health.freshness.value", fresh=len(fresh), all=len(judged)),
        is_well=len(fresh) == len(judged),
        text=t("health.freshness.text"),
        help=t("health.freshness.help"),
    )
    tables.verdict(
        t("health.ledger"),
        t("health.ledger.good") if not ill else t("health.ledger.bad", count=len(ill)),
        is_well=not ill,
        text=t("health.ledger.text"),
        help=t("health.ledger.help"),
    )
    tables.verdict(
        t("health.checks"),
        t(
            "health.checks.value",
            passed=formats.number(len(checked[1]) - len(noteworthy)),
            all=formats.number(len(checked[1])),
        )
        if checked
        else t("health.none"),
        is_well=not failing,
        text=when(checked[0]["started_at"]) if checked else "",
        help=t("health.checks.help"),
    )

# loads follow each other quickly: the newest run may be another than the one that could not build
failed = {
    run["run_id"]: run for run in (*runs[:1], built) if run and run["status"] == outcomes.FAILED
}
for run in failed.values():
    with st.container(border=True):
        st.markdown(f":orange[:material/error:] **{t('health.failed')}**")
        st.text(visible(run["error"] or t("health.failed.unknown")))
        st.caption(
            t("health.failed.published", day=formats.day(latest["as_of"]))
            if latest
            else t("health.failed.unpublished")
        )
if latest is None and not failed:
    st.info(t("health.unpublished"), icon=":material/inventory_2:")

st.subheader(t("health.sources"), anchor=False, help=t("health.sources.help"))
loads.sources(sources, when)

st.subheader(t("health.ledger.title"), anchor=False, help=t("health.ledger.help"))
loads.streams(ledger, when)

st.subheader(t("health.checks.title"), anchor=False, help=t("health.checks.help"))
if checked:
    st.caption(
        t(
            "health.checks.summary",
            passed=formats.number(len(checked[1]) - len(noteworthy)),
            all=formats.number(len(checked[1])),
            run=when(checked[0]["started_at"]),
        )
    )
    if noteworthy:
        tables.plain(
            [
                {
                    t("health.check"): row["check_name"],
                    t("health.model"): row["model"] or formats.NONE,
                    t("health.status"): tables.badge(
                        name_of("check_status", row["status"]), is_well=False
                    ),
                    t("health.failures"): formats.number(row["failures"]),
                    t("health.message"): row["message"] or "",
                }
                for row in noteworthy
            ],
            text=t("health.checks.alt"),
            empty="",
        )
else:
    states.empty(t("health.checks.empty"))

st.subheader(t("health.quarantine"), anchor=False, help=t("health.quarantine.help"))
tables.plain(
    [
        {
            t("health.source"): name_of("source", row["source"]),
            t("health.stream"): row["stream"],
            t("health.reason"): row["reason"],
            t("health.records"): formats.number(row["record_count"]),
            t("health.last_seen"): tables.unbroken(when(row["last_seen_at"])),
        }
        for row in quarantine
    ],
    text=t("health.quarantine.alt"),
    empty=t("health.quarantine.empty"),
)

if publication:
    st.subheader(t("withheld.title"), anchor=False, help=t("withheld.help"))
    published.listed(publication)

    st.subheader(t("health.totals"), anchor=False, help=t("health.totals.help"))
    totals.show(publication)
    totals.other_currencies(publication)

    st.subheader(t("health.unmapped"), anchor=False, help=t("health.unmapped.help"))
    words = health.unmapped_words(publication)
    tables.plain(
        [
            {
                t("health.source"): name_of("source", row["source"]),
                t("health.field"): name_of("word_field", row["field"]),
                t("health.word"): row["word"],
                t("health.records"): formats.number(row["row_count"]),
                t("health.last_seen"): tables.unbroken(formats.moment(row["last_seen_at"], zone)),
                t("health.counts_as"): name_of("word_meaning", row["counts_as"]),
                t("health.may_mean"): row["may_mean"],
            }
            for row in words
        ],
        text=t("health.unmapped.alt"),
        empty=t("health.unmapped.empty"),
    )
    if words:
        with st.expander(t("health.unmapped.lines")):
            for file in sorted({row["seed_file"] for row in words}):
                st.caption(file)
                lines = [row["seed_line"] for row in words if row["seed_file"] == file]
                st.code("\n".join(lines), language=None)

    st.subheader(t("health.unread"), anchor=False, help=t("health.unread.help"))
    tables.plain(
        [
            {
                t("health.source"): name_of("source", row["source"]),
                t("health.record"): row["record"],
                t("health.field"): row["field"],
                t("health.values"): formats.number(row["value_count"]),
                t("health.example"): row["example"],
            }
            for row in health.unread_values(publication)
        ],
        text=t("health.unread.alt"),
        empty=t("health.unread.empty"),
    )

if publication:
    st.subheader(t("health.identity"), anchor=False, help=t("health.identity.help"))
    identity.scores(publication.path, zone)
    proposals.tell_reviewed()

    quality.show(publication.path)

st.subheader(t("health.runs"), anchor=False)
tables.plain(
    [
        {
            t("health.started"): tables.unbroken(when(run["started_at"])),
            t("health.kind"): name_of("run_kind", run["kind"]),
            t("health.status"): tables.badge(
                name_of("run_status", run["status"]), is_well=run["status"] != outcomes.FAILED
            ),
            t("health.took"): tables.unbroken(
                formats.duration(
                    (run["finished_at"] - run["started_at"]).total_seconds()
                    if run["finished_at"]
                    else None
                )
            ),
            t("health.as_of"): tables.unbroken(formats.day(run["as_of"])),
            t("health.mode"): name_of("mode", run["mode"]),
        }
        for run in runs
    ],
    text=t("health.runs.alt"),
    empty=t("health.runs.empty"),
)
