"""Whatever stands in the texts and however the links lie, no pure function raises."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings, strategies as st

from orchestration.insight import domains
from orchestration.insight.identity import blocked, emails, explain, phones
from tests.orchestration.insight.graphs import (
    blocked as blocked_values,
    evidence_table,
    link,
    resolve,
    rules,
)

# every alphabet, controls, signs that combine, very long; a lone surrogate never passes the gate
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", " ", "@", "a@", "@b", "x" * 400 + "@y.example", "\u202e", "ß@ß.example", "+", "+49", "٠٣٠"]
)
IDENTIFIERS = st.builds(
    "{}:{}".format, st.sampled_from(["user", "email", "device", "visitor@tawk"]), TEXT
)


@settings(deadline=None, max_examples=200)
@given(st.lists(TEXT, max_size=6))
def test_texts_are_read_one_by_one(texts: list[str]) -> None:
    read = emails.normalise(pa.table({"email_text": pa.array(texts, pa.string())}))
    assert read["email_text"].to_pylist() == texts

    sites = domains.normalise(pa.table({"domain_text": pa.array(texts, pa.string())}))
    assert sites["domain_text"].to_pylist() == texts

    numbers = phones.normalise(pa.table({"phone_text": pa.array(texts, pa.string())}), region="DE")
    assert set(numbers["phone_text"].to_pylist()) <= set(texts)

    among = blocked.among(
        pa.table({"user_id": pa.array([*texts, None], pa.string())}),
        blocked_values(),
        column="user_id",
    )
    assert set(among["user_id"].to_pylist()) <= set(texts)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.builds(link, IDENTIFIERS, IDENTIFIERS), max_size=20),
    st.lists(IDENTIFIERS, max_size=4),
)
def test_links_are_weighed_however_they_lie(world: list[dict[str, Any]], alone: list[str]) -> None:
    clusters = resolve(*world, nodes=alone)
    weighed = explain.weigh(clusters, evidence_table(world), rules(), degree_cap=50)

    assert weighed.num_rows <= len(world)
    for row in weighed.to_pylist():
        assert row["strength_rank"] >= 1
        assert row["split_size"] is None or row["split_size"] >= 1
