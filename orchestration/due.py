"""Whether a build is due: something is new or the day changed, and the last build is long enough ago."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingestion.control import locks, store
from ingestion.loading import warehouse
from ingestion.settings import settings
from orchestration import content, insight, project, published_file, records, withheld

FACT = "build/began"
# in the warehouse: when the build began that made its tables
HELD = "kette.last_build"
SHOWN = 3


@dataclass(frozen=True)
class Due:
    """Whether a build is due, and why or why not."""

    is_due: bool
    reason: str


def begun() -> None:
    """Remember what a build of all models is made from; call it under the warehouse's lock."""
    values = {
        "at": store.now().isoformat(),
        "as_of": settings().today().isoformat(),
        "content": content.now(),
        "definitions": _definitions(),
    }
    store.remember(FACT, json.dumps(values))


def ended() -> None:
    """Let the warehouse say which build it holds, since an older one may take its place."""
    at = json.loads(store.fact(FACT) or "{}").get("at", "")
    with warehouse.connect() as connection:
        connection.execute(f"create or replace table {HELD} as select ? as began_at", [at])


def unchanged() -> str | None:
    """Return why a build would publish what is published already; None where it might not."""
    last = json.loads(store.fact(FACT) or "{}")
    is_whole = (
        records.build_state() == "passed"
        and published_file.current() is not None
        and all(table.cause is None for table in withheld.remembered().values())
    )
    if not last or not is_whole or _news(last) or _held() != last["at"]:
        return None
    return f"nothing new since the build of {_minute(last['at'])}"


def build() -> Due:
    """Return whether a build is due."""
    last = json.loads(store.fact(FACT) or "{}")
    why = _news(last)
    if why is None:
        return Due(
            is_due=False, reason=f"nothing new came since the build of {_minute(last['at'])}"
        )
    if not last and not content.now():
        return Due(is_due=False, reason="nothing was loaded yet")
    if holder := locks.holder("run"):
        return Due(is_due=False, reason=f"{holder} builds at its end")
    every = timedelta(minutes=settings().build_every_minutes)
    if last and (next_at := datetime.fromisoformat(last["at"]) + every) > store.now():
        return Due(
            is_due=False,
            reason=f"{why}; the next build begins from {_minute(next_at.isoformat())} on, "
            f"as KETTE_BUILD_EVERY_MINUTES is {settings().build_every_minutes}",
        )
    return Due(is_due=True, reason=why)


def _held() -> str | None:
    """Return when the build began whose tables are in the warehouse."""
    try:
        with closing(duckdb.connect(str(settings().warehouse), read_only=True)) as connection:
            row = connection.execute(f"select began_at from {HELD}").fetchone()  # noqa: S608 - our own name
    except duckdb.Error:
        return None
    return row[0] if row else None


def _definitions() -> str:
    """Return a checksum of all that says how tables are made: models, seeds, packages, variables."""
    digest = hashlib.sha256(" ".join(project.vars_argument()).encode())
    lock = project.PROJECT_DIR.parent / "requirements.lock"
    for path in [*project.files(), *sorted(Path(insight.__path__[0]).rglob("*.py")), lock]:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def loading(source: str) -> str | None:
    """Return who is loading a source outside Dagster's queue, as a reason not to begin."""
    for name in (f"source-{source}", "run"):
        if holder := locks.holder(name):
            return f"{holder} is at it"
    return None


def _news(last: dict[str, object]) -> str | None:
    """Return what is new since the last build began, or None."""
    if not last:
        return "nothing was built yet"
    if records.build_state() == "running":
        return "the last build did not come to its end"
    if last["as_of"] != settings().today().isoformat():
        return f"it is {settings().today()}"
    if last.get("definitions") != _definitions():
        return "the models changed"
    built = last["content"]
    assert isinstance(built, dict)  # noqa: S101 - as ``begun`` wrote it
    changed = sorted(name for name, mark in content.now().items() if built.get(name) != mark)
    if not changed:
        return None
    more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return f"new: {', '.join(changed[:SHOWN])}{more}"


def _minute(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"
