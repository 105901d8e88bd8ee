"""Signatures of any sender, described in the settings without code.

A description names the header, the algorithm and the encoding of an HMAC, what exactly is signed, and
where to find a message's id and event. The plain settings of the source ``hooks`` describe the sender
``generic``; its setting ``senders`` describes others by name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.errors import KetteError
from ingestion.records.json_text import loads
from ingestion.records.times import parse_time
from ingestion.webhooks.bodies import form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GENERIC = "generic"
ALGORITHMS: Mapping[str, Callable[[], Any]] = {
    "sha256": hashlib.sha256,
    "sha1": hashlib.sha1,
    "sha512": hashlib.sha512,
}
ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
}
NAME = re.compile(r"[a-z][a-z0-9_]*")
PLACES = re.compile(r"(\{(?:body|timestamp|id)\})")
TOLERANCE_SECONDS = 300
SECONDS = re.compile(r"\d{9,11}")


@dataclass(frozen=True)
class Signed:
    """How a sender signs, and what its messages call themselves.

    Args:
        header: Header that carries the signature.
        algorithm: ``sha256``, ``sha1`` or ``sha512``; always keyed (HMAC).
        encoding: ``hex`` or ``base64``.
        prefix: What stands before the signature in the header, e.g. ``sha256=``.
        signs: What is signed: ``{body}``, or with time or id, e.g. ``{id}.{timestamp}.{body}``.
        timestamp_header: Header with the time of sending, where there is one.
        tolerance_seconds: How old or early that time may be.
        id_header: Header with what tells messages apart, where ``signs`` holds it: one that nothing
            signs may be anybody's. Without it and ``id_field`` the whole body does, since a field
            called ``id`` is mostly that of a record, not of a message.
        id_field: Field of the body that does, as a path such as ``data/id``.
        event_field: Field of the body that names the event.
        time_field: Field of the body that says when it happened.
    """

    header: str = "x-signature"
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signs: str = "{body}"
    timestamp_header: str = ""
    tolerance_seconds: int = TOLERANCE_SECONDS
    id_header: str = ""
    id_field: str = ""
    event_field: str = "event"
    time_field: str = "created_at"

    def check(self, where: str) -> None:
        """Refuse a description that no signature could meet.

        Raises:
            KetteError: It is wrong.
        """
        for name, known in (("algorithm", ALGORITHMS), ("encoding", ENCODINGS)):
            if getattr(self, name) not in known:
                raise KetteError(
                    f"{name} cannot be {getattr(self, name)!r}",
                    where=where,
                    fix=f"Known are: {', '.join(known)}",
                )
        if self.signs.count("{body}") != 1:
            raise KetteError("signs must hold {body}", where=where, fix="See docs/sources/hooks.md")
        if "{timestamp}" in self.signs and not self.timestamp_header:
            raise KetteError(
                "signs names {timestamp}, but timestamp_header is not set",
                where=where,
                fix="Name the header that carries it",
            )
        if "{id}" in self.signs and not self.id_header:
            raise KetteError(
                "signs names {id}, but id_header is not set",
                where=where,
                fix="Name the header that carries it",
            )

    def is_genuine(self, secret: bytes, body: bytes, given: Mapping[str, str]) -> bool:
        """Tell whether a body was signed with the secret, and, where a time is signed, lately."""
        stamp = given.get(self.timestamp_header.lower(), "") if self.timestamp_header else ""
        named = given.get(self.id_header.lower(), "") if self.id_header else ""
        parts = {"{timestamp}": stamp.encode(), "{id}": named.encode(), "{body}": body}
        # in one pass: what stands in a header is no placeholder
        text = b"".join(parts.get(part, part.encode()) for part in PLACES.split(self.signs))
        digest = hmac.new(secret, text, ALGORITHMS[self.algorithm]).digest()
        expected = self.prefix + ENCODINGS[self.encoding](digest)
        found = given.get(self.header.lower(), "").strip()
        found = found.lower() if self.encoding == "hex" else found
        expected = expected.lower() if self.encoding == "hex" else expected
        is_signed = hmac.compare_digest(expected.encode(), found.encode())
        return is_signed and (not self.timestamp_header or is_recent(stamp, self.tolerance_seconds))

    def event_id(self, body: bytes, given: Mapping[str, str]) -> str:
        """Return what tells a message from others, empty where nothing does."""
        is_signed = bool(self.id_header) and "{id}" in self.signs
        if is_signed and (named := given.get(self.id_header.lower(), "").strip()):
            return named
        return text_at(content(body), self.id_field) if self.id_field else ""


def is_recent(stamp: str, tolerance_seconds: float = TOLERANCE_SECONDS) -> bool:
    """Return whether a signed time lies near the present: an old message is not sent once more."""
    try:
        if SECONDS.fullmatch(stamp):
            moment = datetime.fromtimestamp(int(stamp), UTC)
        else:
            moment = parse_time(stamp)
    except (ValueError, OverflowError, OSError):
        return False
    return abs(datetime.now(UTC) - moment) <= timedelta(seconds=tolerance_seconds)


def described(senders: str, where: str) -> dict[str, tuple[Signed, str]]:
    """Return the further senders that a setting describes, each with its secret.

    Args:
        senders: JSON: name of a sender → its secret and the fields of ``Signed`` that differ from
            the defaults; or nothing.
        where: The setting, for the message.

    Raises:
        KetteError: It is no such JSON; the message shows no secret.
    """
    try:
        found = json.loads(senders or "{}")
    except ValueError:
        raise KetteError("it is no JSON", where=where, fix="See docs/sources/hooks.md") from None
    if not isinstance(found, dict):
        raise KetteError("it is no JSON object", where=where, fix="See docs/sources/hooks.md")
    known = {field.name for field in fields(Signed)}
    result = {}
    for name, given in found.items():
        place = f"{where} {name}"
        if not NAME.fullmatch(name) or name == GENERIC or not isinstance(given, dict):
            raise KetteError(
                "a sender needs a name of small letters and an object",
                where=where,
                fix="See docs/sources/hooks.md",
            )
        unknown = sorted(given.keys() - known - {"secret"})
        if unknown or not given.get("secret"):
            raise KetteError(
                f"unknown field {unknown[0]}" if unknown else "its secret is missing",
                where=place,
                fix=f"Known are: secret, {', '.join(sorted(known))}",
            )
        signed = Signed(**{key: value for key, value in given.items() if key in known})
        signed.check(place)
        result[name] = (signed, str(given["secret"]))
    return result


def content(body: bytes) -> Any:
    """Return what a body holds: JSON, the fields of a form, or None for neither."""
    try:
        return loads(body)
    except (ValueError, RecursionError):
        pass
    try:
        return form(body) if b"=" in body else None
    except ValueError:
        return None


def text_at(value: Any, path: str) -> str:
    """Return the text or number at a path such as ``data/id``, empty where there is none."""
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    is_label = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip() if is_label else ""
