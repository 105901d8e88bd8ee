"""The sandbox's server starts, answers for every vendor, follows its world and ends cleanly."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from ingestion.sandbox import vendors
from ingestion.sandbox.environment import environment
from ingestion.sandbox.server import serve_in_thread
from ingestion.settings import CHECKOUT, settings
from tests.ingestion.sandbox.handmade import HTTP, write_world

if TYPE_CHECKING:
    from pathlib import Path


def test_each_source_has_a_router_by_its_file_name() -> None:
    assert {"chartmogul", "hubspot", "mixpanel", "tawk"} <= set(vendors.names())
    assert all(callable(vendors.api(name).router) for name in vendors.names())


def test_health_names_the_folder_that_is_served(tmp_path: Path) -> None:
    with serve_in_thread(write_world(tmp_path)) as sandbox:
        assert HTTP.get(f"{sandbox.base_url}/healthz").json() == {"home": str(tmp_path)}
        assert sandbox.requests == []


def test_many_servers_run_after_and_beside_each_other(tmp_path: Path) -> None:
    write_world(tmp_path)
    with serve_in_thread(tmp_path) as one, serve_in_thread(tmp_path) as other:
        assert one.base_url != other.base_url
        for sandbox in (one, other):
            assert HTTP.get(f"{sandbox.base_url}/healthz").status_code == 200
    with pytest.raises(httpx.ConnectError):
        HTTP.get(f"{one.base_url}/healthz")


def test_the_sources_variables_point_at_the_server_and_before_the_first_day(
    kette_home: Path,
) -> None:
    write_world(settings().sandbox)
    variables = environment("http://127.0.0.1:8700")
    assert variables["SOURCES__MIXPANEL__BASE_URL"] == "http://127.0.0.1:8700/mixpanel/data"
    assert variables["SOURCES__MIXPANEL__QUERY_BASE_URL"] == "http://127.0.0.1:8700/mixpanel/query"
    assert variables["SOURCES__CHARTMOGUL__BASE_URL"] == "http://127.0.0.1:8700/chartmogul/v1"
    assert variables["SOURCES__TAWK__BASE_URL"] == "http://127.0.0.1:8700/tawk/v1"
    assert variables["SOURCES__HUBSPOT__BASE_URL"] == "http://127.0.0.1:8700/hubspot"
    starts = {value for name, value in variables.items() if name.endswith("__START_DATE")}
    # the world begins on 1 January
    assert starts == {"2024-12-25"}


def test_every_variable_belongs_to_a_source_and_is_documented(tmp_path: Path) -> None:
    named = (CHECKOUT / ".env.example").read_text()
    variables = environment("http://127.0.0.1:1", write_world(tmp_path))
    assert [name for name in variables if name not in named] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "termination"])
def test_serving_ends_cleanly_at_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    write_world(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = (
        "from pathlib import Path\n"
        "from ingestion.sandbox import server\n"
        f"server.serve(Path({str(tmp_path)!r}), port={port})\n"
        "print('ended')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answer = _when_it_answers(f"http://127.0.0.1:{port}/healthz")
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert answer.json() == {"home": str(tmp_path)}
    assert (process.returncode, output, errors) == (0, "ended\n", "")


def _when_it_answers(url: str) -> httpx.Response:
    # retried with growing pauses while nobody listens
    with httpx.Client(transport=httpx.HTTPTransport(verify=False, retries=8)) as client:
        return client.get(url)
