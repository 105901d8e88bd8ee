"""The state of everything, as `kette doctor` shows it: sources, warehouse, store, publication."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import sqlalchemy as sa

from ingestion import control, drift, freshness
from ingestion.freshness import Freshness
from ingestion.load import source_status
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import held, mode, publish, records

if TYPE_CHECKING:
    from datetime import datetime

    from ingestion.load import Load


WORDS_SHOWN = 5


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
            or self.freshness.startswith("stale")
            or self.ledger not in {"-", "balanced"}
        )


@dataclass(frozen=True)
class Finding:
    """One thing beside the sources, whether it is well, and what to say of it."""

    subject: str
    is_well: bool
    text: str
    # nothing is ill, and yet somebody should know
    is_hint: bool = False


def sources() -> list[SourceHealth]:
    """Return the health of each registered source."""
    ledger = control.latest_ledger()
    ages = freshness.of_sources(freshness.limits(), is_demo=mode.current() == mode.DEMO)
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
    return f"held back: {', '.join(back)}" if back else found


def tell(judged: Freshness) -> str:
    """Return a source's freshness in a few words."""
    if judged.age is None:
        return "-" if judged.state == "off" else "never loaded"
    hours = judged.age.total_seconds() / 3600
    return {"off": "-", "fresh": "fresh"}.get(judged.state, f"stale: {hours:.0f} h old")


def balance(rows: list[dict[str, Any]]) -> str:
    """Return whether the newest ledger rows of a source account for every record seen."""
    if not rows:
        return "-"
    failed = [row["stream"] for row in rows if row["status"] in {"failed", "unbalanced"}]
    if failed:
        return f"failed: {', '.join(failed)}"
    missing = sum(
        abs(row["seen"] - row["loaded"] - row["deduped"] - row["quarantined"] - row["suppressed"])
        for row in rows
        if row["status"] in {"loaded", "held"}
    )
    return f"{missing} unaccounted for" if missing else "balanced"


def findings() -> list[Finding]:
    """Return the health of warehouse, control store, vendors' schemas, last run and publication."""
    return [_warehouse(), _control_store(), _schemas(), _last_run(), _published(), _words()]


def _warehouse() -> Finding:
    path = settings().warehouse
    if not path.exists():
        return Finding("warehouse", is_well=True, text=f"not made yet: {path}")
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            found = connection.execute("select count(*) from information_schema.tables").fetchall()
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            return Finding("warehouse", is_well=True, text=f"in use by a run: {path}")
        return Finding("warehouse", is_well=False, text=f"cannot be opened: {path}")
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        return Finding("warehouse", is_well=False, text=f"damaged: {path} ({first})")
    size = path.stat().st_size / 1e6
    return Finding("warehouse", is_well=True, text=f"{found[0][0]} tables, {size:.0f} MB: {path}")


def _control_store() -> Finding:
    shown = sa.make_url(settings().control_url).render_as_string(hide_password=True)
    try:
        control.recent_runs(limit=1)
    except sa.exc.SQLAlchemyError as error:
        first = str(error).splitlines()[0]
        return Finding("control store", is_well=False, text=f"{shown}: {first}")
    return Finding("control store", is_well=True, text=shown)


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
        if row["status"] in {"failed", "unbalanced"}
    ]
    return [*failed, *held.warnings()]


def _last_run() -> Finding:
    runs = control.recent_runs(limit=1)
    if not runs:
        return Finding("last run", is_well=True, text="none yet: type `kette run`")
    run = runs[0]
    text = f"{run['kind']} {run['status']}, started {run['started_at']:%Y-%m-%d %H:%M} UTC"
    if run["error"]:
        text = f"{text}: {run['error']}"
    return Finding("last run", is_well=run["status"] != "failed", text=text)


def _published() -> Finding:
    latest, path = control.latest_publication(), publish.current()
    if latest is None or path is None:
        is_well = records.build_state() == "none"
        return Finding("published", is_well=is_well, text="nothing yet")
    return Finding(
        "published",
        is_well=path.exists(),
        text=f"version {latest['version']}, as of {latest['as_of']} ({latest['mode']}), "
        f"{latest['row_count']:,} rows",
    )


def _words() -> Finding:
    """Say which words of vendors no seed maps, each with the line to write."""
    path = publish.current()
    found: list[tuple[str, ...]] = []
    try:
        if path is not None:
            with closing(duckdb.connect(str(path), read_only=True)) as connection:
                found = connection.execute(
                    "select source, field, word, counts_as, seed_file, seed_line, row_count "
                    "from marts.fct_unmapped_words order by row_count desc, source, field, word"
                ).fetchall()
    except duckdb.Error:
        # what was published before the list was made, or is damaged: *published* tells of that
        return Finding("words", is_well=True, text="not known: nothing published tells them")
    if not found:
        return Finding("words", is_well=True, text="each has a meaning")
    lines = [
        f"\n    {source} {field} {word!r} in {count:,} records counts as {counts_as}: "
        f"{file} lacks the line {line}"
        for source, field, word, counts_as, file, line, count in found[:WORDS_SHOWN]
    ]
    more = len(found) - WORDS_SHOWN
    rest = f"\n    and {more:,} more, on the page Data health" if more > 0 else ""
    text = f"{len(found):,} without a meaning{''.join(lines)}{rest}"
    return Finding("words", is_well=True, is_hint=True, text=text)
