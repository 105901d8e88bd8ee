"""Downloads of what a page shows."""

from __future__ import annotations

import csv as comma_separated
import io
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence

# a spreadsheet would run what begins so
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def csv(name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Offer rows as a CSV file in UTF-8, which spreadsheets recognise by its first mark.

    Args:
        name: Of the file.
        rows: All with the same keys.
    """
    if rows:
        st.download_button(
            t("download.csv"),
            text(rows).encode("utf-8-sig"),
            file_name=name,
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def text(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV; no text is read as a formula."""
    written = io.StringIO()
    writer = comma_separated.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: _plain(value) for key, value in row.items()} for row in rows])
    return written.getvalue()


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
