"""How each vendor signs its webhooks: one entry per source, nothing else knows a vendor here.

A new source that is pushed to adds its entry to ``VERIFIERS``.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dlt

from ingestion.settings import secret_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Verifier:
    """How messages of one source are told from forged ones, and from each other.

    Args:
        setting: Name of the source's setting that holds the shared secret.
        is_genuine: Tells from secret, raw body and headers whether the vendor signed the message.
        event_id_header: Header whose value the vendor repeats when it sends a message again.
        event_field: Field of the JSON body that names the event.
    """

    setting: str
    is_genuine: Callable[[bytes, bytes, Mapping[str, str]], bool]
    event_id_header: str
    event_field: str


def _tawk_is_genuine(secret: bytes, body: bytes, headers: Mapping[str, str]) -> bool:
    expected = hmac.new(secret, body, hashlib.sha1).hexdigest()
    given = headers.get("x-tawk-signature", "")
    # as bytes: comparing texts fails on a signature with other than ASCII characters
    return hmac.compare_digest(expected.encode(), given.encode())


VERIFIERS: Mapping[str, Verifier] = {
    "tawk": Verifier("webhook_secret", _tawk_is_genuine, "x-hook-event-id", "event"),
}


def secret_of(source: str) -> bytes:
    """Return the shared secret as it is set at this moment; empty where it is unset."""
    return secret_text(dlt.secrets.get(f"sources.{source}.{VERIFIERS[source].setting}")).encode()


def variable_of(source: str) -> str:
    """Return the name of the variable that holds the shared secret."""
    return f"SOURCES__{source}__{VERIFIERS[source].setting}".upper()
