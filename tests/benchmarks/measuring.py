"""Pieces of work measured in processes of their own, so that none warms another's caches."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from ingestion.settings import CHECKOUT
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

CHILD = r"""
import json, re, sys, time
{setup}
begin = time.perf_counter()
{work}
seconds = time.perf_counter() - begin
# of this program alone: what getrusage tells begins with the parent's peak
peak = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps([seconds, peak]))
"""


class Cost(NamedTuple):
    """What a piece of work took: wall-clock seconds, and the peak of resident memory in MB."""

    seconds: float
    peak_mb: float


def measured(
    setup: str, work: str, home: Path, *arguments: object, times: int = 1, **more: str
) -> Cost:
    """Run Python code in a process of its own.

    Args:
        setup: What is not timed.
        work: What is timed; both find the arguments in ``sys.argv``.
        home: The process's KETTE_HOME.
        arguments: For ``sys.argv``.
        times: How often; the fastest counts, since what disturbs only ever adds.
        more: Environment variables.

    Returns:
        The seconds of the fastest time, and the highest peak of all.
    """
    # compiled modules are kept, as in a user's own environment
    environment = {**clean_environment(home), "PYTHONDONTWRITEBYTECODE": "", **more}
    costs = []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", CHILD.format(setup=setup, work=work), *map(str, arguments)],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        costs.append(Cost(*json.loads(done.stdout.splitlines()[-1])))
    return Cost(min(cost.seconds for cost in costs), max(cost.peak_mb for cost in costs))
