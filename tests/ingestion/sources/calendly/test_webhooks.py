"""What Calendly's webhooks tell: signed, heard wherever the session lies, and never lost."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import datetime
from typing import Any

import pytest

from ingestion.errors import KetteError
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from ingestion.webhooks.verifiers import VERIFIERS, Post
from tests.ingestion.sources.calendly.booking import HOST, Calendar
from tests.ingestion.sources.calendly.loading import asked_about, load, people
from tests.ingestion.sources.emulator import Emulator, Reply

SIGNING_KEY = "a-signing-key"


def ring(number: int, payload: Any) -> None:
    """Store a webhook as the receiver does."""
    body = json.dumps({"event": "invitee_no_show.created", "payload": payload}).encode()
    now = datetime(2026, 6, 15, 12)  # noqa: DTZ001 - as the control store keeps it
    inbox.store([Message("calendly", f"event-{number}", None, body, now)])


def test_a_webhook_has_the_session_read_again_wherever_it_lies(
    calendar: Calendar, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__CALENDLY__WEBHOOK_SECRET", SIGNING_KEY)
    calendar.book("known", "2026-06-01 09:00", made="2026-05-20 09:00")
    calendar.book("other", "2026-06-21 09:00", made="2026-06-10 09:00")
    load()
    asked_about(vendor)
    far = calendar.book("too-far-ahead", "2028-01-01 09:00", made="2026-06-14 09:00")
    known = f"{HOST}/scheduled_events/known"
    calendar.people[known][0]["no_show"] = {"uri": f"{HOST}/no/1"}
    ring(1, {"invitee": f"{known}/invitees/i1"})
    ring(2, {"uri": f"{far['uri']}/invitees/i1", "event": far["uri"]})
    ring(3, {"uri": "x", "scheduled_event": {"uri": f"{HOST}/scheduled_events/erased"}})
    ring(4, ["nothing"])

    results = load()
    assert set(asked_about(vendor)) == {"known", "other", "too-far-ahead"}
    assert results["invitees"].quarantined == 1
    assert people("payload->'no_show'->>'uri'")[0] == (f"{HOST}/no/1",)
    # what was drained is not read again
    load()
    assert "known" not in asked_about(vendor)


class KilledError(BaseException):
    """What ends a run without any of its code being asked."""


def _die_between_sessions_and_invitees(text: str) -> None:
    if text == "calendly: invitees":
        raise KilledError


@pytest.mark.parametrize("end", ["status 503", "killed"])
def test_what_a_webhook_told_is_not_lost_where_the_invitees_cannot_be_read(
    calendar: Calendar, vendor: Emulator, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("SOURCES__CALENDLY__WEBHOOK_SECRET", SIGNING_KEY)
    # three weeks ago: nothing but the webhook has it asked about again
    missed = calendar.book("missed", "2026-05-25 09:00", made="2026-05-01 09:00")
    calendar.book("other", "2026-06-21 09:00", made="2026-06-10 09:00")
    load()
    calendar.people[missed["uri"]][0]["no_show"] = {"uri": f"{HOST}/no/1"}
    ring(1, {"invitee": f"{missed['uri']}/invitees/i1"})
    true = calendar.answer
    if end == "killed":
        with pytest.raises(KilledError):
            load(progress=_die_between_sessions_and_invitees)
    else:
        vendor.answer = lambda request: (
            Reply(b"", 503) if request.path.endswith("missed/invitees") else true(request)
        )
        with pytest.raises(KetteError, match=r"calendly invitees.*status 503"):
            load()

    vendor.answer = true
    load()
    assert people("payload->'no_show'->>'uri'")[0] == (f"{HOST}/no/1",)
    # and it is asked about no more
    asked_about(vendor)
    load()
    assert asked_about(vendor) == ["other"]


def test_a_session_outside_the_window_is_told_of_while_the_first_load_is_not_complete(
    calendar: Calendar, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__CALENDLY__WEBHOOK_SECRET", SIGNING_KEY)
    calendar.book("first", "2026-06-01 09:00", made="2026-05-20 09:00")
    true = calendar.answer
    vendor.answer = lambda request: (
        Reply(b"", 503) if request.path.endswith("/invitees") else true(request)
    )
    with pytest.raises(KetteError):
        load()
    vendor.answer = true
    far = calendar.book("too-far-ahead", "2028-01-01 09:00", made="2026-06-14 09:00")
    ring(1, {"uri": f"{far['uri']}/invitees/i1", "event": far["uri"]})
    load()
    assert len(people("uri")) == 2


def signed(secret: str, body: bytes, age: float = 0) -> dict[str, str]:
    moment = str(int(time.time() - age))
    code = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"calendly-webhook-signature": f"t={moment},v1={code}"}


def test_a_signature_covers_the_time_and_the_body() -> None:
    body = b'{"event":"invitee.created"}'
    is_genuine = VERIFIERS["calendly"].is_genuine
    good = signed(SIGNING_KEY, body)
    assert is_genuine(SIGNING_KEY.encode(), Post(body, good))
    for headers in (
        {},
        signed("another", body),
        {"calendly-webhook-signature": good["calendly-webhook-signature"].replace("t=1", "t=2")},
        {"calendly-webhook-signature": "v1=ä"},
    ):
        assert not is_genuine(SIGNING_KEY.encode(), Post(body, headers))
    assert not is_genuine(SIGNING_KEY.encode(), Post(body + b" ", good))


@pytest.mark.parametrize(
    ("age", "is_taken"), [(0, True), (250, True), (-250, True), (400, False), (-400, False)]
)
def test_a_message_is_taken_near_the_time_it_was_signed_at(age: int, is_taken: bool) -> None:
    body = b'{"event":"invitee.created"}'
    post = Post(body, signed(SIGNING_KEY, body, age))
    assert VERIFIERS["calendly"].is_genuine(SIGNING_KEY.encode(), post) == is_taken


@pytest.mark.parametrize("moment", ["", "soon", "-1", "9" * 40, "1e9"])
def test_a_message_without_a_time_is_not_taken(moment: str) -> None:
    body = b"{}"
    code = hmac.new(SIGNING_KEY.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    post = Post(body, {"calendly-webhook-signature": f"t={moment},v1={code}"})
    assert not VERIFIERS["calendly"].is_genuine(SIGNING_KEY.encode(), post)
