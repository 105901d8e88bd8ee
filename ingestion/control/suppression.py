"""Erased people: a record that names one is neither loaded nor kept, however the name is written.

Only hashes of their identifiers are kept. The hashes have a key (HMAC), so a reader of the control
store cannot find a person by trying addresses. Rows of older versions hold a plain SHA-256. They cannot
be hashed again without the address, and they still count.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ingestion.control import store, tables
from ingestion.errors import KetteError
from ingestion.hiding import learn
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY_FILE, KEY_BYTES = "suppression.key", 32
# tells the hashes that the key was used for from those of older versions
KEYED = "hmac:"
_FINGERPRINT = "suppression_key_fingerprint"
# no number by which a vendor tells persons apart is longer
LONGEST_BITS = 128
# what a number must be called to be somebody's, and no quantity
_OF_SOMEBODY = re.compile(r"(?i:\bids?$|_ids?$|customer|contact|user|person|visitor)|[a-z]I[dD]s?$")
# the texts of a JSON document, and the words of any other text
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BETWEEN_WORDS = re.compile(r"[\s\"',:;|<>()\[\]{}\\]+")


def suppressed_hashes() -> frozenset[str]:
    """Return the hashes of the identifiers that must not be loaded again.

    Raises:
        KetteError: The key that the hashes were made with is lost, so that nobody would be known.
    """
    found = frozenset(row["identifier_hash"] for row in store.rows(tables.suppressions.select()))
    if _ways(found)[0] and store.fact(_FINGERPRINT) != _fingerprint(_key(may_make=False)):
        raise _lost()
    return found


def identifier_hash(value: str) -> str:
    """Return the hash under which an identifier is suppressed.

    Raises:
        KetteError: The key that earlier ones were made with is lost.
    """
    known = store.fact(_FINGERPRINT)
    key = _key(may_make=known is None)
    if known is None:
        store.remember(_FINGERPRINT, _fingerprint(key))
    elif known != _fingerprint(key):
        raise _lost()
    return _keyed_hash(_plain(value), key)


def hashes_in_sql(text: str, suppressed: frozenset[str]) -> str:
    """Return SQL for the list of hashes under which a text may be suppressed.

    Args:
        text: SQL of the text, without spaces around it.
        suppressed: The hashes that are looked for.
    """
    is_keyed, is_plain = _ways(suppressed)
    found = [f"sha256(lower({text}))"] if is_plain else []
    if is_keyed:
        inner, outer = _pads(_key(may_make=False))
        inside = f"unhex(sha256(unhex('{inner}') || encode(lower({text}))))"
        found.append(f"'{KEYED}' || sha256(unhex('{outer}') || {inside})")
    return f"[{', '.join(found)}]"


def _plain(value: str) -> bytes:
    return value.strip().lower().encode(errors="replace")


def _keyed_hash(plain: bytes, key: bytes) -> str:
    return KEYED + hmac.digest(key, plain, "sha256").hex()


@lru_cache(maxsize=4)
def _ways(suppressed: frozenset[str]) -> tuple[bool, bool]:
    """Return whether there are keyed hashes, and whether there are plain ones."""
    keyed = sum(each.startswith(KEYED) for each in suppressed)
    return keyed > 0, keyed < len(suppressed)


def _is_among(text: str, suppressed: frozenset[str]) -> bool:
    (is_keyed, is_plain), plain = _ways(suppressed), _plain(text)
    if is_keyed and _keyed_hash(plain, _key(may_make=False)) in suppressed:
        return True
    return is_plain and hashlib.sha256(plain).hexdigest() in suppressed


def _key(*, may_make: bool) -> bytes:
    """Return the key: of the settings, or the one that this data folder was given once."""
    current = settings()
    if current.suppression_key:
        learn(current.suppression_key)
        return hashlib.sha256(current.suppression_key.encode()).digest()
    return _kept_key(current.home / KEY_FILE, may_make=may_make)


@lru_cache(maxsize=4)
def _kept_key(path: Path, *, may_make: bool) -> bytes:
    if may_make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # whole or not at all, and of two processes the first one's
        whole = path.with_name(f"{path.name}.{os.getpid()}")
        whole.write_text(secrets.token_hex(KEY_BYTES))
        try:
            os.link(whole, path)
        except FileExistsError:
            pass
        finally:
            whole.unlink()
    try:
        text = path.read_text()
        learn(text)
        return bytes.fromhex(text)
    except (OSError, ValueError):
        raise _lost() from None


def _lost() -> KetteError:
    return KetteError(
        "the key is lost with which erased persons are known, so they would be loaded again",
        where=KEY_FILE,
        fix="Restore this file from a backup of the data folder, or set KETTE_SUPPRESSION_KEY as it "
        "was; docs/runbook.md says more",
    )


def _fingerprint(key: bytes) -> str:
    """Return what tells keys apart and gives none away."""
    return hmac.digest(key, b"kette", "sha256").hex()[:16]


def _pads(key: bytes) -> tuple[str, str]:
    """Return the two halves of HMAC's key as hexadecimal, for SQL, which has no HMAC."""
    block = key.ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
    learn(inner, outer)
    return inner, outer


def mentions(record: Any, suppressed: frozenset[str]) -> bool:
    """Return whether a value anywhere in a record is an identifier that is suppressed.

    A number is one only in a field that is called like one.
    """
    return any(_is_among(text, suppressed) for text in _texts(record))


def _texts(record: Any) -> Iterator[str]:
    """Yield the texts and somebody's numbers of a record, however deep they lie."""
    waiting = [("", record)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend((str(key), each) for key, each in value.items())
        elif isinstance(value, list):
            waiting.extend((name, each) for each in value)
        elif isinstance(value, int) and _is_number_of_somebody(name, value):
            yield str(value)


def _is_number_of_somebody(name: str, value: int) -> bool:
    if isinstance(value, bool) or value.bit_length() > LONGEST_BITS:
        return False
    return bool(_OF_SOMEBODY.search(name))


def mentions_in_bytes(raw: bytes, suppressed: frozenset[str]) -> bool:
    """Return whether the bytes of a record that cannot be read as one name somebody suppressed."""
    text = raw.decode(errors="surrogateescape")
    words = {_unescaped(found) for found in _QUOTED.findall(text)}
    words.update(_BETWEEN_WORDS.split(text))
    return any(_is_among(word, suppressed) for word in words)


def _unescaped(quoted: str) -> str:
    try:
        return str(json.loads(f'"{quoted}"', strict=False))
    except ValueError:
        return quoted
