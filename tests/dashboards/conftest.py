"""The states a publication can be in, and the app as a visitor meets it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import warehouse
from ingestion import control
from ingestion.settings import CHECKOUT
from tests.dashboards import worked_example
from tests.dashboards.warehouse_fixture import publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Visit = Callable[..., AppTest]

SECONDS = 60


@pytest.fixture(autouse=True)
def _no_answers_of_other_tests() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def full(kette_home: Path) -> Path:
    """Publish the worked example."""
    return publish(worked_example.rows(), as_of=worked_example.AS_OF)


@pytest.fixture
def empty(kette_home: Path) -> Path:
    """Publish tables without a row."""
    return publish({}, as_of=worked_example.AS_OF)


@pytest.fixture
def stale(full: Path) -> Path:
    """Publish the worked example, and let a run that published nothing see three days more."""
    record_run(
        as_of=worked_example.AS_OF + timedelta(days=3), status="failed", error="hubspot: 401"
    )
    return full


def record_run(
    *, as_of: date, status: str, error: str | None = None, run_id: str = "run-1"
) -> None:
    """Record a run that is over."""
    with control.begin() as connection:
        connection.execute(
            control.runs.insert().values(
                run_id=run_id,
                kind="run",
                mode="demo",
                as_of=as_of,
                started_at=control.now() - timedelta(minutes=2),
                finished_at=control.now(),
                status=status,
                error=error,
            )
        )


@pytest.fixture
def visit(kette_home: Path) -> Visit:
    """Return a function that opens a page in a language, from the entry point as a visitor does."""

    def open_page(script: str, language: str = "en", **query: str) -> AppTest:
        app = AppTest.from_file(
            str(CHECKOUT / "dashboards" / "streamlit_app.py"), default_timeout=SECONDS
        )
        app.session_state["lang"] = language
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app.switch_page(f"app_pages/{script}").run()

    return open_page


def texts(app: AppTest) -> str:
    """Return everything a page says, one element a line."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "text",
        "info",
        "warning",
        "error",
    )
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    found += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    return "\n".join(found)


__all__ = ["record_run", "texts", "warehouse"]
