"""Tells dlt where its settings are: the checkout's .dlt folder, wherever a process was started."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dlt.common.runtime import run_context

from ingestion.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator


def at_home() -> None:
    """Let dlt read the checkout's .dlt folder, wherever the process was started."""
    # whoever asks for the context first has it look for settings
    with _without_streamlit():
        if run_context.active().run_dir != str(CHECKOUT):
            run_context.switch_context(str(CHECKOUT))


@contextmanager
def _without_streamlit() -> Iterator[None]:
    """Keep dlt from importing the whole of Streamlit, only to see whether it has secrets."""
    modules: dict[str, Any] = sys.modules
    name = "streamlit"
    if name in modules:
        yield
        return
    modules[name] = None  # how Python spells "not importable"
    try:
        yield
    finally:
        del modules[name]
