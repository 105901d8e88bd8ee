"""How forged webhooks are detected for each vendor: one entry per source.

Nothing else in the receiver knows a vendor. A new source with webhooks adds its entry to ``VERIFIERS``.
Senders that the settings describe (`signatures`) need none: their messages wait for the source
``hooks``.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import dlt

from ingestion.hiding import learn
from ingestion.settings import secret_text
from ingestion.webhooks.bodies import form_field, json_field
from ingestion.webhooks.signatures import GENERIC, Signed, described, is_recent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Post:
    """What was posted.

    Args:
        body: The raw body.
        headers: Its headers; names in any case.
        key: What stands in the address behind the source's name; empty for most vendors.
    """

    body: bytes
    headers: Mapping[str, str]
    key: str = ""


@dataclass(frozen=True)
class Verifier:
    """How messages of one source are told from forged ones, and from each other.

    Args:
        setting: Name of the source's setting that holds the shared secret.
        is_genuine: Tells from the secret whether the vendor sent what was posted.
        event: Returns the event's name from the raw body, as far as it has one.
        event_id_header: Header whose value the vendor repeats when it sends a message again, as a
            label: no vendor signs it, so that messages are told from each other by their bodies.
    """

    setting: str
    is_genuine: Callable[[bytes, Post], bool]
    event: Callable[[bytes], Any]
    event_id_header: str = ""


def _same(expected: bytes, given: str) -> bool:
    # as bytes: comparing texts fails on other than ASCII characters
    return hmac.compare_digest(expected, given.encode(errors="replace"))


def _tawk_is_genuine(secret: bytes, post: Post) -> bool:
    expected = hmac.new(secret, post.body, hashlib.sha1).hexdigest()
    return _same(expected.encode(), post.headers.get("x-tawk-signature", ""))


def _knows_the_address(secret: bytes, post: Post) -> bool:
    """Accept a vendor that signs nothing by the secret at the end of the address it was given."""
    return _same(secret, post.key)


def _calendly_is_genuine(secret: bytes, post: Post) -> bool:
    signature = post.headers.get("calendly-webhook-signature", "")
    given = dict(part.partition("=")[::2] for part in signature.split(","))
    signed = given.get("t", "").encode(errors="replace") + b"." + post.body
    expected = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    # the time is signed: without looking at it one message could be sent for ever
    return _same(expected.encode(), given.get("v1", "")) and is_recent(given.get("t", ""))


VERIFIERS: Mapping[str, Verifier] = {
    "tawk": Verifier(
        "webhook_secret", _tawk_is_genuine, partial(json_field, name="event"), "x-hook-event-id"
    ),
    "activecampaign": Verifier(
        "webhook_secret", _knows_the_address, partial(form_field, name="type")
    ),
    "calendly": Verifier("webhook_secret", _calendly_is_genuine, partial(json_field, name="event")),
    # an answer is sent again, grown by a page, under its own id: bodies tell the messages apart
    "trustmary": Verifier("webhook_secret", _knows_the_address, partial(json_field, name="event")),
}


def secret_of(source: str) -> bytes:
    """Return the shared secret as it is set at this moment; empty where it is unset."""
    return _secret(f"{source}.{VERIFIERS[source].setting}").encode()


def _secret(name: str) -> str:
    """Return a source's secret, which is hidden from now on."""
    secret = secret_text(dlt.secrets.get(f"sources.{name}"))
    learn(secret)
    return secret


def variable_of(source: str) -> str:
    """Return the name of the variable that holds the shared secret."""
    return f"SOURCES__{source}__{VERIFIERS[source].setting}".upper()


HOOKS = "hooks"
SENDERS = "SOURCES__HOOKS__SENDERS"


def signed_sender(name: str) -> tuple[Signed, bytes] | None:
    """Return how a sender that the settings describe signs, and its secret.

    Returns:
        None where no sender of this name is described; an empty secret where it is unset.

    Raises:
        KetteError: The settings are wrong.
    """
    if name == GENERIC:
        every: dict[str, Any] = {
            each.name: dlt.config.get(f"sources.{HOOKS}.{each.name}") for each in fields(Signed)
        }
        given = {field: value for field, value in every.items() if value is not None}
        if "tolerance_seconds" in given:
            given["tolerance_seconds"] = int(given["tolerance_seconds"])
        signed = Signed(**given)
        signed.check("SOURCES__HOOKS__…")
        return signed, _secret(f"{HOOKS}.secret").encode()
    found = described(_secret(f"{HOOKS}.senders"), SENDERS).get(name)
    return (found[0], found[1].encode()) if found else None
