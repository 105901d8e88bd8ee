"""The summary that a run prints at its end."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from ingestion.control import outcomes, store
from orchestration import build, project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from rich.console import RenderableType

    from ingestion.toolkit.source import Load, StreamResult
    from orchestration.pipeline import Outcome

MOST_REASONS = 5
NUMBERS = ("seen", "loaded", "deduped", "quarantined")


def from_results(source: str, results: Iterable[StreamResult]) -> list[dict[str, Any]]:
    """Return stream results in the shape of ledger rows."""
    return [
        {
            "source": source,
            "stream": result.stream,
            **{name: getattr(result, name) for name in NUMBERS},
            "status": result.status,
            "note": result.note,
        }
        for result in results
    ]


def by_stream(ledger: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add up the ledger rows of each stream, since a long load is committed in several packages.

    What was loaded at the same time comes apart again: source after source.
    """
    streams: dict[tuple[str, str], dict[str, Any]] = {}
    for row in ledger:
        key = (row["source"], row["stream"])
        if key not in streams:
            streams[key] = {**row, "note": row["note"] or ""}
            continue
        total = streams[key]
        total.update({name: (total[name] or 0) + (row[name] or 0) for name in NUMBERS})
        if row["status"] != outcomes.LOADED:
            total["status"] = row["status"]
        if row["note"] and row["note"] not in total["note"]:
            total["note"] = "; ".join(filter(None, (total["note"], row["note"])))
    order = list(dict.fromkeys(source for source, _ in streams))
    return sorted(streams.values(), key=lambda row: order.index(row["source"]))


def loaded_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return a table of what each stream saw and loaded."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source")
    table.add_column("stream")
    for name in NUMBERS:
        table.add_column(name, justify="right")
    table.add_column("note")
    for row in rows:
        note = row["note"] or ""
        if row["status"] != outcomes.LOADED:
            note = f"{row['status']}. {note}" if note else row["status"]
        table.add_row(
            row["source"], row["stream"], *(f"{row[name] or 0:,}" for name in NUMBERS), note
        )
    return table


def quarantined(load: Load, since: datetime) -> list[str]:
    """Return why records of a source were quarantined since a moment, and what to do next."""
    found = store.quarantined_since(load.source, since)
    if not found:
        return []
    lines = [
        f"  {row['record_count']:,} in quarantine ({row['stream']}): {row['reason']}"
        for row in found[:MOST_REASONS]
    ]
    if more := len(found) - MOST_REASONS:
        lines += [f"  and {more} more reasons"] if more > 0 else []
    again = load.again or f"Once the cause is mended: `kette quarantine replay {load.source}`"
    return [
        *lines,
        f"  `kette quarantine list --source {load.source}` names a record of each. {again}.",
    ]


def built(run_started: float) -> str | None:
    """Return what dbt built, or None where this run did not come to it."""
    results = project.run_path() / build.RESULTS
    if not results.exists() or results.stat().st_mtime < run_started:
        return None
    return build.summary(json.loads(results.read_text())["results"])


def checked(run_id: str) -> str:
    """Return how the checks of a run came out."""
    counts = Counter(row["status"] for row in store.checks(run_id))
    words = [f"{counts[name]} {name}" for name in ("pass", "warn", "fail", "error") if counts[name]]
    return ", ".join(words) or "nothing was checked"


def of_run(outcome: Outcome, ledger: list[dict[str, Any]]) -> Iterable[RenderableType]:
    """Return the lines and tables of a run's summary."""
    yield ""
    if ledger:
        yield "[bold]Loaded[/bold]"
        yield loaded_table(by_stream(ledger))
    if outcome.not_built:
        yield f"[bold]Built[/bold]      {outcome.not_built}: what is published is current"
        yield from _end(outcome)
        return
    yield f"[bold]Built[/bold]      {built(outcome.started_at) or 'nothing'}"
    yield f"[bold]Checked[/bold]    {checked(outcome.run_id)}"
    publication = store.latest_publication()
    if publication and publication["run_id"] == outcome.run_id:
        yield (
            f"[bold]Published[/bold]  version {publication['version']}: "
            f"{publication['table_count']} tables, {publication['row_count']:,} rows, "
            f"as of {publication['as_of']} ({publication['mode']})"
        )
    else:
        yield "[bold]Published[/bold]  nothing"
    yield from _end(outcome)


def _end(outcome: Outcome) -> Iterable[str]:
    yield f"[bold]Took[/bold]       {outcome.seconds:.0f} s"
    if not outcome.errors:
        yield "Next: [bold]make serve[/bold] opens the dashboards."
