"""What a run says at its end."""

from __future__ import annotations

from typing import Any

from orchestration import summary


def row(stream: str, seen: int, status: str = "loaded", note: str | None = None) -> dict[str, Any]:
    return {
        "source": "mixpanel", "stream": stream, "seen": seen, "loaded": seen - 1, "deduped": 1,
        "quarantined": None, "status": status, "note": note,
    }  # fmt: skip


def test_a_load_in_several_packages_is_one_line() -> None:
    ledger = [
        row("events", 10, note="two days are empty"),
        row("profiles", 5),
        row("events", 20, "resumed", "cut off"),
        row("events", 30, note="two days are empty"),
    ]
    assert summary.by_stream(ledger) == [
        {
            **row("events", 60, "resumed", "two days are empty; cut off"),
            "loaded": 57, "deduped": 3, "quarantined": 0,
        },
        {**row("profiles", 5), "note": ""},
    ]  # fmt: skip


def test_sources_that_were_loaded_at_the_same_time_are_told_one_after_the_other() -> None:
    ledger = [
        {**row("chats", 1), "source": "tawk"},
        row("events", 1),
        {**row("tickets", 1), "source": "tawk"},
        row("profiles", 1),
    ]
    assert [(line["source"], line["stream"]) for line in summary.by_stream(ledger)] == [
        ("tawk", "chats"),
        ("tawk", "tickets"),
        ("mixpanel", "events"),
        ("mixpanel", "profiles"),
    ]
