"""Domains of companies: from what people and programs write to the one form in which they are compared.

Which letters are one is decided by the library idna (IDNA 2008 and UTS 46), as for addresses; what it
does not allow, such as an emoji, some registries sell all the same, and is one domain however written.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

import idna
import pyarrow as pa

NO_LABEL = re.compile(r"[\s\x00-\x2c./:-@\[-^`{-\x7f]|^-|-$|^$")
LONGEST = 253


def normalise(domains: pa.Table) -> pa.Table:
    """Read domains as they were written, in small letters.

    Args:
        domains: One row per ``domain_text``.

    Returns:
        The same rows with ``domain``: Unicode in one form, as it is read and not as it goes over the
        wire (``xn--…``); null where the text is no domain.
    """
    written = domains["domain_text"].to_pylist()
    read = [_read(text) for text in written]
    return pa.table(
        {"domain_text": pa.array(written, pa.string()), "domain": pa.array(read, pa.string())}
    )


def _read(text: str) -> str | None:
    text = text.strip().rstrip(".")
    try:
        found = idna.decode(idna.encode(text, uts46=True))
    except (idna.IDNAError, UnicodeError):
        found = _by_label(text) or ""
    is_domain = "." in found and len(found) <= LONGEST and not _is_number(found)
    return found if is_domain else None


def _by_label(text: str) -> str | None:
    """Read a domain that the standard does not allow, part by part."""
    labels = [_label(part) for part in re.split("[.。．｡]", unicodedata.normalize("NFKC", text))]
    return None if any(NO_LABEL.search(label) for label in labels) else ".".join(labels)


def _label(text: str) -> str:
    lower = text.lower()
    if lower.startswith("xn--"):
        try:
            lower = lower[4:].encode().decode("punycode")
        except UnicodeError:
            return ""
    # U+FE0F only says that a sign is shown in colours
    return unicodedata.normalize("NFKC", lower.replace("\ufe0f", "")).lower()


def _is_number(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
