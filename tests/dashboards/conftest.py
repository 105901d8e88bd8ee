"""The states a publication can be in, and the app as a visitor meets it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ingestion.settings import CHECKOUT
from tests.dashboards import (
    worked_example,
    worked_identity,
    worked_marketing,
    worked_origin,
    worked_states,
)
from tests.dashboards.control_fixture import record_run
from tests.dashboards.warehouse_fixture import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Visit = Callable[..., AppTest]

# a page takes a second or two; a busy machine much longer
PATIENCE_SECONDS = 120


@pytest.fixture(autouse=True)
def _no_answers_of_other_tests() -> Iterator[None]:
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    # a handle that stays open would keep others from opening the file in another way
    st.cache_resource.clear()


@pytest.fixture
def full(kette_home: Path) -> Path:
    """Publish the worked example."""
    worlds = (worked_example, worked_identity, worked_marketing, worked_origin, worked_states)
    rows = {table: each for world in worlds for table, each in world.rows().items()}
    return publish(rows, as_of=worked_example.AS_OF)


@pytest.fixture
def empty(kette_home: Path) -> Path:
    """Publish tables without a row."""
    return publish({}, as_of=worked_example.AS_OF)


@pytest.fixture
def stale(full: Path) -> Path:
    """Publish the worked example, and let a failed run have seen a world three days older."""
    record_run(as_of=worked_example.AS_OF + timedelta(days=3), error="hubspot: 401")
    return full


@pytest.fixture
def visit(kette_home: Path) -> Visit:
    """Return a function that opens a page from the entry point, as a visitor does."""

    def open_page(script: str, language: str = "en", **query: str) -> AppTest:
        app = AppTest.from_file(
            str(CHECKOUT / "dashboards" / "streamlit_app.py"), default_timeout=PATIENCE_SECONDS
        )
        app.session_state["lang"] = language
        app.run()
        for key, value in query.items():
            app.query_params[key] = value
        return app.switch_page(f"app_pages/{script}").run()

    return open_page
