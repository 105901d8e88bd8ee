"""Sends the webhooks of the company's new days to a running receiver.

They arrive slightly out of order, some of them twice, and are sent again if the receiver does not answer
with success. The same world sends the same requests. tawk.to signs its webhooks; ActiveCampaign uses a
secret address instead.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from ingestion.sandbox import credentials
from ingestion.sandbox.vendors.activecampaign import push as activecampaign
from ingestion.sandbox.vendors.tawk import push as tawk

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date
    from pathlib import Path

SOURCES = ("tawk", "activecampaign")
TRIES = 4
FIRST_PAUSE = 0.2
TIMEOUT = 30


def push(folder: Path, *, since: date, receiver: str, sources: Collection[str] = SOURCES) -> int:
    """Send the webhooks of the days since ``since`` to ``{receiver}/webhooks/…``.

    Args:
        folder: Where the world lives.
        since: First day whose webhooks are sent; those of the world's today are not there yet.
        receiver: Base URL of the receiver.
        sources: Whose webhooks are sent.

    Returns:
        How many distinct webhooks the receiver accepted.
    """
    accepted = set()
    with httpx.Client(timeout=TIMEOUT) as client:
        if "tawk" in sources:
            for event_id, body in tawk.webhooks(folder, since):
                headers = {
                    "Content-Type": "application/json",
                    "X-Hook-Event-Id": event_id,
                    "X-Tawk-Signature": tawk.signature(body),
                }
                if _deliver(client, f"{receiver}/webhooks/tawk", body, headers):
                    accepted.add(event_id.encode())
        if "activecampaign" in sources:
            key = credentials.ACTIVECAMPAIGN_WEBHOOK_SECRET
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            for body in activecampaign.webhooks(folder, since):
                if _deliver(client, f"{receiver}/webhooks/activecampaign/{key}", body, headers):
                    accepted.add(body)
    return len(accepted)


def _deliver(client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
    for attempt in range(TRIES):
        if attempt:
            time.sleep(FIRST_PAUSE * 2**attempt)
        try:
            if client.post(url, content=body, headers=headers).is_success:
                return True
        except httpx.HTTPError:
            continue
    return False
