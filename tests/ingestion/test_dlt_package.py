"""The dlt side of a load: what it brings with it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from ingestion.settings import CHECKOUT
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

RESOLVE = """
import sys
from ingestion.loading import dlt_package
from ingestion.registry import REGISTRY
dlt_package.resolve(REGISTRY[0])
print("streamlit" in sys.modules)
"""


def test_a_load_does_without_the_dashboards_library(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE],
        cwd=CHECKOUT,
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
