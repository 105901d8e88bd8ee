"""Build the models on the tables that `kette load` filled, and ask them.

    KETTE_HOME=… python -m tests.chain [MODEL …] [--ask SQL …] [--checks] [--slowest N] [--out FILE]
    KETTE_HOME=… python -m tests.chain MODEL … --on FILE [--ask SQL …]

Without MODEL all are built. With ``--on`` the named ones alone are, in a copy of a warehouse. KETTE_TODAY and KETTE_TIME_ZONE count as in a run.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import duckdb

from ingestion.settings import settings
from tests.chain.build import BuildError, Chain
from tests.chain.project import Project


def main() -> None:
    """Build, tell how long it took, and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="build these with all that they read")
    parser.add_argument("--ask", action="append", default=[], metavar="SQL", help="print its rows")
    parser.add_argument("--checks", action="store_true", help="run the project's data tests too")
    parser.add_argument(
        "--slowest", type=int, default=0, metavar="N", help="print the dearest models"
    )
    parser.add_argument("--out", metavar="FILE", help="keep the database")
    parser.add_argument("--on", type=Path, metavar="FILE", help="build MODEL alone, in this copy")
    asked = parser.parse_args()
    began = time.perf_counter()
    try:
        chain = _built(asked.models, asked.on)
    except BuildError as error:
        sys.exit(str(error))
    _say(f"built {len(chain.seconds)} models in {time.perf_counter() - began:.1f} s")
    for name, seconds in sorted(chain.seconds.items(), key=lambda item: -item[1])[: asked.slowest]:
        _say(f"  {seconds:6.2f} s  {name}")
    if asked.checks:
        for name, count in chain.failing().items():
            _say(f"FAILS {name}: {count} rows")
    for query in asked.ask:
        _say(query)
        try:
            chain.connection.sql(query).show(max_width=240, max_rows=100)
        except duckdb.Error as error:
            _say(f"  {error}")
    if asked.out:
        chain.connection.execute(f"attach '{asked.out}' as kept")
        chain.connection.execute("copy from database memory to kept")


def _built(models: list[str], copy: Path | None) -> Chain:
    current = settings()
    variables = {"as_of": current.today().isoformat(), "business_time_zone": current.time_zone}
    if copy is not None:
        return Chain(Project(variables, copy.stem)).again(copy, models)
    # it costs seconds, which a model alone does not need
    from ingestion.loading import run

    run.prepare_warehouse()
    return Chain(Project(variables), current.warehouse).build(models or None)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
