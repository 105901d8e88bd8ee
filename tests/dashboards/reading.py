"""Reading what a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

KINDS = (
    "title",
    "header",
    "subheader",
    "markdown",
    "caption",
    "text",
    "info",
    "warning",
    "error",
    "code",
)


def texts(app: AppTest) -> list[str]:
    """Return every text of a page, tables and figures left out."""
    return [str(element.value) for kind in KINDS for element in app.get(kind)]


def metrics(app: AppTest) -> dict[str, str]:
    """Return the figures of a page by their labels, with ordinary spaces."""
    return {metric.label: str(metric.value).replace("\u00a0", " ") for metric in app.get("metric")}


def tables(app: AppTest) -> str:
    """Return the cells of all tables as one text, without what keeps them from being markup.

    Spaces that keep a line together are ordinary ones.
    """
    cells = [
        " | ".join(str(cell) for cell in row)
        for table in app.table
        for row in table.value.to_numpy()
    ]
    return "\n".join(cells).replace("\\", "").replace(":gray[]", "").replace("\u00a0", " ")
