"""The state of everything, as `kette doctor` shows it: sources, vendors' schemas, runs and stores."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.control import outcomes, store as control
from ingestion.loading import drift, freshness
from ingestion.loading.freshness import Freshness
from ingestion.loading.ledger import lost
from ingestion.loading.run import source_status
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import published_file, tables
from orchestration.host import mode
from orchestration.monitoring import held, stores
from orchestration.monitoring.stores import Finding

if TYPE_CHECKING:
    from datetime import date, datetime

    from ingestion.toolkit.source import Load


WORDS_SHOWN = 5
NOT_KNOWN = "not known: nothing published tells them"


@dataclass(frozen=True)
class SourceHealth:
    """One source: whether it can be loaded, and how its last load went."""

    source: str
    state: str
    reason: str
    last_load: datetime | None
    freshness: str
    ledger: str
    quarantined: int

    @property
    def is_ill(self) -> bool:
        """Return whether somebody should look at it."""
        return (
            self.state == "broken"
            or (self.state == "on" and bool(self.reason))
            or self.freshness.startswith(freshness.STALE)
            or self.ledger not in {"-", "balanced"}
        )


@dataclass(frozen=True)
class Report:
    """Everything that `kette doctor` finds."""

    mode: str
    today: date
    sources: list[SourceHealth]
    failures: list[str]
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Return whether nobody need look at anything."""
        return all(each.is_well for each in self.findings) and not any(
            each.is_ill for each in self.sources
        )


def report() -> Report:
    """Look at everything; nothing is made or changed.

    Where the control store cannot be read, what only it knows is left out.
    """
    with control.looking():
        store = stores.control_store()
        return Report(
            mode.current(),
            settings().today(),
            sources(is_readable=store.is_well),
            failures() if store.is_well else [],
            findings() if store.is_well else [store],
        )


def sources(*, is_readable: bool = True) -> list[SourceHealth]:
    """Return the health of each registered source, as far as the control store can be read."""
    if not is_readable:
        return [_unknown(load) for load in REGISTRY]
    ledger = control.latest_ledger()
    ages = freshness.of_sources(freshness.limits(), is_demo=mode.current() == outcomes.DEMO)
    waiting: dict[str, int] = {}
    for row in control.quarantine_counts():
        waiting[row["source"]] = waiting.get(row["source"], 0) + row["record_count"]
    return [
        _source(
            load,
            ages.get(load.source) or Freshness(load.source, None, None, None),
            ledger,
            waiting.get(load.source, 0),
        )
        for load in REGISTRY
    ]


def _unknown(load: Load) -> SourceHealth:
    status = source_status(load)
    return SourceHealth(load.source, status.state, status.reason, None, "-", "-", 0)


def _source(
    load: Load, judged: Freshness, ledger: list[dict[str, Any]], quarantined: int
) -> SourceHealth:
    status = source_status(load)
    rows = [row for row in ledger if row["source"] == load.source]
    return SourceHealth(
        source=load.source,
        state=status.state,
        reason=status.reason,
        last_load=judged.loaded_at,
        freshness=tell(judged),
        ledger=_ledger(load, status.state, rows),
        quarantined=quarantined,
    )


def _ledger(load: Load, state: str, rows: list[dict[str, Any]]) -> str:
    found = balance(rows)
    # of a source that is off nothing can be loaded again
    back = held.streams(load.source) if found == "balanced" and state != "off" else []
    if back:
        return f"held back: {', '.join(back)}"
    gone = {row["stream"] for row in lost(load.source)} if state != "off" else set()
    return f"lost: {', '.join(sorted(gone))}" if gone and found == "balanced" else found


def tell(judged: Freshness) -> str:
    """Return a source's freshness in a few words."""
    if judged.age is None:
        return "-" if judged.state == freshness.OFF else "never loaded"
    hours = judged.age.total_seconds() / 3600
    told = {freshness.OFF: "-", freshness.FRESH: freshness.FRESH}
    return told.get(judged.state, f"{freshness.STALE}: {hours:.0f} h old")


def balance(rows: list[dict[str, Any]]) -> str:
    """Return whether the newest ledger rows of a source account for every record seen."""
    if not rows:
        return "-"
    failed = outcomes.failed_streams(rows)
    if failed:
        return f"failed: {', '.join(failed)}"
    missing = outcomes.missing(rows)
    return f"{missing} unaccounted for" if missing else "balanced"


def findings() -> list[Finding]:
    """Return the health of warehouse, control store, vendors' schemas, last run and publication."""
    return [
        stores.warehouse(),
        stores.control_store(),
        _schemas(),
        *_last_runs(),
        stores.published(),
        *_not_renewed(),
        _words(),
        _values(),
        *_control_totals(),
    ]


def _schemas() -> Finding:
    found = drift.open_changes()
    alarming = [row for row in found if row["change"] in drift.ALARMING]
    if not found:
        return Finding("schemas", is_well=True, text="no vendor changed anything")
    first = (alarming or found)[0]
    text = (
        f"{len(found)} changes, first {first['source']} {first['stream']} {first['property']} "
        f"({first['change']}): `kette drift` lists them"
    )
    return Finding("schemas", is_well=not alarming, text=text)


def failures() -> list[str]:
    """Return why the newest load of a stream failed, and what is held back."""
    failed = [
        f"{row['source']} {row['stream']} {row['status']}: {row['note'] or ''}"
        for row in control.latest_ledger()
        if row["status"] in outcomes.BAD
    ]
    return [*failed, *held.warnings()]


def _last_runs() -> list[Finding]:
    """Return how the newest run went, and the newest that built models where that is another."""
    newest = control.recent_runs(limit=1)
    if not newest:
        return [Finding("last run", is_well=True, text="none yet: type `kette run`")]
    built = control.last_build()
    found = [_run("last run", newest[0])]
    if built and built["run_id"] != newest[0]["run_id"]:
        found.append(_run("last build", built))
    return found


def _run(subject: str, run: dict[str, Any]) -> Finding:
    text = f"{run['kind']} {run['status']}, started {run['started_at']:%Y-%m-%d %H:%M} UTC"
    if run["error"]:
        text = f"{text}: {run['error']}"
    return Finding(subject, is_well=run["status"] != outcomes.FAILED, text=text)


def _published_rows(query: str) -> list[tuple[Any, ...]] | None:
    """Return rows of what is published; None where it does not tell them."""
    path = published_file.current()
    if path is None:
        return []
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            return connection.execute(query).fetchall()
    except duckdb.Error:
        # it was published before the table was made, or is damaged: *published* tells of that
        return None


def _words() -> Finding:
    """Say which words of vendors no seed maps, each with the line to write."""
    found = _published_rows(
        "select source, field, word, counts_as, seed_file, seed_line, row_count "
        "from marts.fct_unmapped_words order by row_count desc, source, field, word"
    )
    if found is None:
        return Finding("words", is_well=True, text=NOT_KNOWN)
    if not found:
        return Finding("words", is_well=True, text="each has a meaning")
    lines = [
        f"{source} {field} {word!r} in {count:,} records counts as {counts_as}: "
        f"{file} lacks the line {line}"
        for source, field, word, counts_as, file, line, count in found
    ]
    text = f"{len(found):,} without a meaning{_listed(lines)}"
    return Finding("words", is_well=True, is_hint=True, text=text)


def _control_totals() -> list[Finding]:
    """Return what of the published figures differs from a vendor's own without an explanation."""
    path = published_file.current()
    if path is None or not path.exists():
        return []
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            found = connection.execute(
                """
                select
                    source, metric, strftime(period_start, '%Y-%m'), our_value, their_value,
                    unexplained_value,
                    (
                        select string_agg(record_id, ', ' order by record_id)
                        from marts.fct_control_total_records as records
                        where
                            records.control_total_id = totals.control_total_id
                            and records.cause = 'unexplained'
                    )
                from marts.fct_control_totals as totals
                where not is_explained
                order by period_start desc, source, metric
                """
            ).fetchall()
    except duckdb.CatalogException:
        return []  # published before there were control totals
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        return [Finding("control totals", is_well=False, text=f"{path}: {first}")]
    if not found:
        return [Finding("control totals", is_well=True, text="the vendors' figures are ours")]
    source, metric, month, ours, theirs, rest, behind = found[0]
    text = (
        f"{len(found)} unexplained, newest {source} {metric} {month}: "
        f"ours {ours}, theirs {theirs}, left over {rest}"
    )
    text = f"{text}; look at {behind}" if behind else text
    return [
        Finding(
            "control totals",
            is_well=True,
            text=f"{text}. The page Data health lists them",
            is_hint=True,
        )
    ]


def _values() -> Finding:
    """Say which fields held values that could not be read, and count as not said."""
    found = _published_rows(
        "select source, record, field, value_count, example from marts.fct_unread_values "
        "order by value_count desc, source, record, field"
    )
    if found is None:
        return Finding("values", is_well=True, text=NOT_KNOWN)
    if not found:
        return Finding("values", is_well=True, text="each could be read")
    lines = [
        f"{source} {record} {field}: {count:,} values that look like {example!r}"
        for source, record, field, count, example in found
    ]
    count = sum(row[3] for row in found)
    text = f"{count:,} could not be read and count as not said{_listed(lines)}"
    return Finding("values", is_well=True, is_hint=True, text=text)


def _listed(lines: list[str]) -> str:
    """Return the first lines below each other, and how many there are more."""
    more = len(lines) - WORDS_SHOWN
    rest = f"\n    and {more:,} more, on the page Data health" if more > 0 else ""
    return "".join(f"\n    {line}" for line in lines[:WORDS_SHOWN]) + rest


def _not_renewed() -> list[Finding]:
    """Return which published tables are older than the publication, and why."""
    path = published_file.current()
    try:
        found = tables.not_renewed(path) if path else []
    except duckdb.Error:
        # an older version that does not say so, or a damaged one
        return []
    return [Finding("not renewed", is_well=False, text=text) for text in found]
