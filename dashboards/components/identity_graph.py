"""A person as a graph: identifiers are nodes, evidence is edges, and the weakest link is marked."""

from __future__ import annotations

from collections import deque
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components.markup import visible
from dashboards.i18n import formats, name_of, t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Node = tuple[str, str, str]
    Row = dict[str, Any]

NODES_AT_MOST = 60
LETTERS, LETTERS_BESIDE_A_LINE = 24, 18
# what tells of a person as such, and what only tells of a browser or a window
TRACES = ("device_id", "cookie_id", "chat_visitor_id")
# readable on white and on near-black alike, as in charts
KNOWN, TRACE, LINE, TEXT, WEAK = "#1F7681", "#5F7176", "#8A9A9E", "#71838A", "#CF6A2C"


def ends(link: Row) -> tuple[Node, Node]:
    """Return the two identifiers of a link."""
    left, right = (
        (link[f"{side}_type"], link[f"{side}_namespace"], link[f"{side}_value"])
        for side in ("left", "right")
    )
    return left, right


def weakest(links: Sequence[Row]) -> Row | None:
    """Return the weakest of the links that hold a person together."""
    backbone = [link for link in links if link["is_backbone"]]
    return max(backbone, key=lambda link: link["strength_rank"], default=None)


def told(link: Row) -> str:
    """Return what tells of a link, as people read it."""
    return ", ".join(
        f"{name_of('evidence', row['kind'])} ×{formats.number(row['evidence_count'])}"
        for row in link["evidence"] or ()
    )


def show(links: Sequence[Row], *, text: str) -> None:
    """Draw a person.

    Args:
        links: The person's links.
        text: What the graph shows, for those who cannot see it.
    """
    chosen = nearest(links)
    st.graphviz_chart("\n".join(_lines(links, chosen)), alt=text)
    everything = {node for link in links for node in ends(link)}
    if len(chosen) < len(everything):
        st.caption(
            t(
                "map.graph.limit",
                shown=formats.number(len(chosen)),
                all=formats.number(len(everything)),
            )
        )


def nearest(links: Sequence[Row]) -> dict[Node, int]:
    """Return the identifiers to draw, numbered: those around the weakest link, where many."""
    weak = weakest(links)
    if weak is None:
        return {}
    ways: dict[Node, list[Node]] = {}
    for link in links:
        if link["is_backbone"]:
            one, other = ends(link)
            ways.setdefault(one, []).append(other)
            ways.setdefault(other, []).append(one)
    found = dict.fromkeys(ends(weak))
    waiting = deque(found)
    while waiting and len(found) < NODES_AT_MOST:
        for node in ways[waiting.popleft()]:
            if node not in found and len(found) < NODES_AT_MOST:
                found[node] = None
                waiting.append(node)
    return {node: number for number, node in enumerate(found)}


def _lines(links: Sequence[Row], chosen: dict[Node, int]) -> Iterator[str]:
    """Yield the graph in Graphviz's language."""
    # the page draws every text in this size, whatever is written here
    font = 'fontname="sans-serif" fontsize=9'
    yield "graph {"
    yield 'graph [bgcolor="transparent" rankdir="LR" nodesep=0.12 ranksep=0.3 pad=0.1]'
    yield f'node [shape="box" style="rounded,filled" {font} margin="0.08,0.05" penwidth=0]'
    yield f'edge [{font} fontcolor="{TEXT}" color="{LINE}"]'
    for node, number in chosen.items():
        kind, _, value = node
        label = quoted(f"{name_of('identifier', kind)}\n{_cut(value)}")
        color = TRACE if kind in TRACES else KNOWN
        yield (
            f"n{number} [label={label} tooltip={quoted(value)} "
            f'fillcolor="{color}" fontcolor="#FFFFFF"]'
        )
    weak = weakest(links)
    for link in links:
        one, other = ends(link)
        if one not in chosen or other not in chosen:
            continue
        label = "\n".join(wrap(told(link), LETTERS_BESIDE_A_LINE))
        look = "" if link["is_backbone"] else ' style="dashed" constraint=false'
        if link is weak:
            label = f"{t('map.weakest')}:\n{label}"
            look = f' color="{WEAK}" fontcolor="{WEAK}" penwidth=3'
        yield f"n{chosen[one]} -- n{chosen[other]} [label={quoted(label)}{look}]"
    yield "}"


def _cut(value: str) -> str:
    return value if len(value) <= LETTERS else f"{value[: LETTERS - 1]}…"


def quoted(text: str) -> str:
    """Return a text as Graphviz shows it: a stroke or a quotation mark in it means nothing."""
    plain = visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'
