"""What a load costs when nothing is new: its own time over every source, the waiting left out.

What is waited for vendors is counted apart: for their limits, and for their answers, which a
sandbox in Python makes slowly.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.benchmarks.measuring import measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record

SUBJECT = "A load with nothing new"
MOST_SECONDS = 20

SETUP = """
import pathlib
import requests
from ingestion.http import client
from ingestion.loading.run import run, source_status
from ingestion.registry import REGISTRY
from orchestration.host import demo
waits, really = [], client.sleep
def counted(seconds):
    waits.append(seconds)
    really(seconds)
client.sleep = counted
answers, ask = [], requests.Session.request
def timed(*given, **more):
    begin = time.perf_counter()
    try:
        return ask(*given, **more)
    finally:
        answers.append(time.perf_counter() - begin)
requests.Session.request = timed
serving = demo.serving()
serving.__enter__()
on = [load for load in REGISTRY if source_status(load).state == "on"]
def everything():
    return [result for load in on for result in run(load)]
before = everything()
waits.clear()
answers.clear()
"""
WORK = "results = everything()"
# told after the clock has stopped: what ends the child is not timed
TELL = """
import atexit
def tell():
    serving.__exit__(None, None, None)
    pathlib.Path(sys.argv[1]).write_text(json.dumps({
        "sources": len(on), "streams": len(results), "waited": sum(waits),
        "answered": sum(answers), "requests": len(answers),
        "rows": sum(result.loaded for result in before),
        "odd": [result.stream for result in results if result.status != "loaded"],
    }))
atexit.register(tell)
"""


def test_a_second_load_takes_little_time_of_its_own(big_home: Path, record: Record) -> None:
    told = big_home / "told.json"
    cost = measured(SETUP + TELL, WORK, big_home / "home", told)
    found = json.loads(told.read_text(encoding="utf-8"))
    assert found["odd"] == []
    own = cost.seconds - found["waited"] - found["answered"]
    record(
        SUBJECT,
        f"own time of {found['sources']} sources with {found['streams']} streams, "
        "2,000 persons over 24 months",
        f"{own:.1f} s",
        f"≤ {MOST_SECONDS} s",
    )
    record(SUBJECT, "waited for the vendors' limits meanwhile", f"{found['waited']:.0f} s")
    name = f"waited for the sandbox's answers to {found['requests']:,} requests"
    record(SUBJECT, name, f"{found['answered']:.0f} s")
    record(SUBJECT, "rows that the first load brought", f"{found['rows']:,}")
