"""Pages served as they are in use, and a browser that opens them."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from ingestion.settings import CHECKOUT
from orchestration.host import ports, processes
from tests.conftest import find_browser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, Page, ViewportSize

DASHBOARDS = CHECKOUT / "dashboards" / "streamlit_app.py"
PATIENCE_SECONDS = 60
WITHOUT_CALLING_HOME = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(script: Path, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Serve a Streamlit script behind the guard and yield its address.

    Args:
        script: What to serve.
        environment: The server's whole environment.
        log: Where the server writes; shown when it does not start.
    """
    port = ports.free()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "orchestration.host.guarded",
                    "streamlit",
                    "run",
                    str(script),
                ),
                *("--server.port", str(port), "--server.address", ports.HOST),
                *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
            ],
            cwd=CHECKOUT,
            env={**environment, "PYTHONPATH": str(CHECKOUT)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://{ports.HOST}:{port}"
        pause = threading.Event()
        for _ in range(PATIENCE_SECONDS * 2):
            assert process.poll() is None, log.read_text()
            try:
                if httpx.get(f"{url}/_stcore/health").is_success:
                    break
            except httpx.HTTPError:
                pass  # it does not listen yet
            pause.wait(0.5)
        else:
            pytest.fail(log.read_text())
        yield url
    finally:
        processes.end([process])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the machine's own Chromium; nothing is downloaded."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_browser(), args=list(WITHOUT_CALLING_HOME)
        )
        yield chromium
        chromium.close()


def open_page(browser: Browser, url: str, locale: str = "en-GB", width: int = 1280) -> Page:
    """Open a page as a new visitor, whose browser prefers a language and has a width in pixels."""
    screen: ViewportSize = {"width": width, "height": 840}
    page = browser.new_context(locale=locale, viewport=screen).new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.goto(url)
    return page
