"""The Dagster instance: one folder under KETTE_HOME, configured by the repository's dagster.yaml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ingestion.settings import CHECKOUT, export, settings

if TYPE_CHECKING:
    from pathlib import Path

IN_SQLITE = """
event_log_storage:
  module: orchestration.dagster.event_log
  class: EventLog
  config:
    base_dir: {folder}
"""
# the address may hold a password, so it stays in the environment
IN_POSTGRES = b"""
storage:
  postgres:
    postgres_url:
      env: KETTE_DAGSTER_URL
"""


def prepare() -> Path:
    """Make the instance's folder, give it the current configuration, and return it."""
    home = settings().dagster_home
    home.mkdir(parents=True, exist_ok=True)
    wanted, placed = (CHECKOUT / "dagster.yaml").read_bytes(), home / "dagster.yaml"
    if settings().dagster_url:
        wanted += IN_POSTGRES
    else:
        folder = json.dumps(str(home / "history" / "runs"))
        wanted += IN_SQLITE.format(folder=folder).encode()
    if not placed.exists() or placed.read_bytes() != wanted:
        placed.write_bytes(wanted)
    export({"DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1"})
    return home
