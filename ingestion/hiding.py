"""The one place that hides secrets: a secret registered here is removed from every output.

A vendor may repeat a secret in an address, in JSON, in HTML, in base64 with the user's name before it,
split over lines, or in part. Texts are therefore compared in a plain form without such encoding, in
pieces of eight characters. Errors (`errors.KetteError`), texts of the control store
(`control.tables.Told`), log records and tracebacks all pass through here.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import sys
import threading
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HIDDEN = "…"
# a text of three signs cannot be told from ordinary words
SHORTEST, PIECE = 4, 8
# of a secret made of words this share must stand in a row, or "woocommerce" alone would be hidden
SHARE_OF_WORDS = 0.75
# an address within an address within JSON; more layers than that are no accident
MOST_LAYERS = 4
_WRITING = re.compile(
    rb"%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[nrtbf]|=\r?\n"
    rb"|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});|[\s\\\"'`+]"
)
_SECRET_NAME = re.compile(r"(?i)secret|token|key|password|private")
_DIGIT = re.compile(rb"[0-9]")
_SEVERED = re.compile("[\udc80-\udcff]")


class _Known:
    """The secrets of this process, as the pieces by which they are found."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        # any of these shows that a secret is there
        self.telling: dict[int, set[bytes]] = {}
        # these belong to it where they touch a telling one
        self.adjoining: set[bytes] = set()
        self.lock = threading.Lock()

    def add(self, secret: str) -> None:
        with self.lock:
            if secret in self.secrets:
                return
            for writing in _writings(secret):
                plain = _plain(writing)[0]
                self._add_pieces(plain)
            self.secrets.add(secret)

    def _add_pieces(self, plain: bytes) -> None:
        if len(plain) < SHORTEST:
            return
        if len(plain) < PIECE:
            self.telling.setdefault(len(plain), set()).add(plain)
            return
        pieces = set(_pieces(plain, PIECE))
        telling = {piece for piece in pieces if _DIGIT.search(piece)}
        self.adjoining |= pieces
        self.telling.setdefault(PIECE, set()).update(telling)
        if not telling:
            length = ceil(len(plain) * SHARE_OF_WORDS)
            self.telling.setdefault(length, set()).update(_pieces(plain, length))


_known = _Known()


def learn(*secrets: Any) -> None:
    """Have secrets hidden from now on: whole, in part, and in each of their usual writings."""
    for secret in secrets:
        text = "" if secret is None else str(secret).strip()
        for each in _within(text):
            if each not in _known.secrets:
                _known.add(each)
                _guard_ways_out()


def learn_address(address: str) -> None:
    """Have the password of an address hidden, where it holds one."""
    _, at, _ = address.rpartition("@")
    if at:
        try:
            learn(urlsplit(address if "://" in address else f"//{address}").password)
        except ValueError:
            learn(address.rpartition("@")[0].rpartition(":")[2])


def hide(text: str) -> str:
    """Return a text in which nothing of a known secret can be read."""
    if not _known.telling or not text:
        return text
    raw = text.encode(errors="surrogatepass")
    plain, starts, ends = _plain(raw)
    spans = [(starts[first], ends[last - 1]) for first, last in _found(plain)]
    for start, end in reversed(spans):
        raw = raw[:start] + HIDDEN.encode() + raw[end:]
    # a character of several bytes of which a secret holds one is hidden with it
    return _SEVERED.sub("", raw.decode(errors="surrogateescape")) if spans else text


def scrub(error: BaseException | None) -> None:
    """Hide secrets in the texts of an error and of all that led to it, for its traceback."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        waiting += [each.__cause__, each.__context__, getattr(each, "exception", None)]
        waiting += getattr(each, "exceptions", ())
        waiting += [part for part in each.args if isinstance(part, BaseException)]
        each.args = tuple(_hidden(part) for part in each.args)
        for name, value in list(vars(each).items()):
            if (changed := _hidden(value)) is not value:
                setattr(each, name, changed)


@contextmanager
def scrubbed() -> Iterator[None]:
    """Let no error leave the block with a secret in its texts."""
    try:
        yield
    except BaseException as error:
        scrub(error)
        raise


def _hidden(value: Any) -> Any:
    """Return a part of an error without secrets; the same object where it held none."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        shown = hide(text)
        return value if shown == text else shown.encode(errors="replace")
    if isinstance(value, list | tuple) and type(value) in {list, tuple}:
        changed = [_hidden(each) for each in value]
        is_same = all(one is other for one, other in zip(changed, value, strict=True))
        return value if is_same else type(value)(changed)
    return value


def _within(text: str) -> list[str]:
    """Return the secrets of a setting: of JSON those values alone that are called secret."""
    if text.startswith("{"):
        try:
            return [each for each in _called_secret(json.loads(text), "") if each]
        except ValueError:
            pass
    return [text] if text else []


def _called_secret(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _called_secret(each, str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _called_secret(each, name)
    elif isinstance(value, str) and _SECRET_NAME.search(name) and "://" not in value:
        yield value


def _writings(secret: str) -> Iterator[bytes]:
    """Yield a secret as it is, in hexadecimal, and in base64 wherever in a longer text it stands."""
    raw = secret.encode(errors="surrogatepass")
    yield raw
    if len(raw) < PIECE:
        # a part of so few signs in another writing could be anything
        yield base64.b64encode(raw + b":").rstrip(b"=")
        yield base64.b64encode(raw).rstrip(b"=")
        return
    yield raw.hex().encode()
    for before in range(3):
        packed = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        # the first signs and the last one mix with what stands beside the secret
        whole = packed[-(-before * 8 // 6) : len(packed) if (before + len(raw)) % 3 == 0 else -1]
        yield whole
        yield whole.replace(b"+", b"-").replace(b"/", b"_")


def _plain(raw: bytes) -> tuple[bytes, list[int], list[int]]:
    """Return a text without quoting, escapes, spaces and capitals, and where each byte stood."""
    starts, ends = list(range(len(raw))), list(range(1, len(raw) + 1))
    for _ in range(MOST_LAYERS):
        plain, new_starts, new_ends = bytearray(), [], []
        position, has_escapes = 0, False
        for match in _WRITING.finditer(raw):
            begin, end = match.span()
            plain += raw[position:begin]
            new_starts += starts[position:begin]
            new_ends += ends[position:begin]
            meant = _meant(match[0])
            has_escapes = has_escapes or bool(meant)
            plain += meant
            new_starts += [starts[begin]] * len(meant)
            new_ends += [ends[end - 1]] * len(meant)
            position = end
        raw = bytes(plain + raw[position:])
        starts, ends = new_starts + starts[position:], new_ends + ends[position:]
        if not has_escapes:
            break
    return raw.lower(), starts, ends


def _meant(written: bytes) -> bytes:
    """Return the sign that an escape stands for; nothing for spaces and quotation marks."""
    if written.startswith(b"%"):
        return bytes([int(written[1:], 16)])
    if written[:2] in {b"\\u", b"\\x"}:
        return chr(int(written[2:].decode(), base=16)).encode(errors="surrogatepass")
    if written.startswith(b"&"):
        # what names no sign stays as it is
        meant = html.unescape(written.decode())
        return meant.encode(errors="surrogatepass")
    return b""


def _pieces(text: bytes, length: int) -> Iterator[bytes]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _found(plain: bytes) -> list[tuple[int, int]]:
    """Return where secrets stand: telling pieces, with all of the secret that touches them."""
    telling = [
        (start, start + length)
        for length, known in _known.telling.items()
        for start, piece in enumerate(_pieces(plain, length))
        if piece in known
    ]
    return _joined(_grown(plain, *span) for span in _joined(telling))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _grown(plain: bytes, first: int, last: int) -> tuple[int, int]:
    while first > 0 and plain[first - 1 : first - 1 + PIECE] in _known.adjoining:
        first -= 1
    while last < len(plain) and plain[last + 1 - PIECE : last + 1] in _known.adjoining:
        last += 1
    return first, last


_guarded: list[bool] = []


def _guard_ways_out() -> None:
    """Have log records and tracebacks of this process pass through here, once."""
    if _guarded:
        return
    _guarded.append(True)
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        try:
            shown = hide(message := made.getMessage())
        except (TypeError, ValueError):
            # a record whose words do not fit together is told of by logging itself
            return made
        if shown != message:
            made.msg, made.args = shown, ()
        if made.exc_info:
            scrub(made.exc_info[1])
        return made

    logging.setLogRecordFactory(record)
    sys.excepthook = _scrubbing(sys.excepthook, lambda args: args[1])
    threading.excepthook = _scrubbing(threading.excepthook, lambda args: args[0].exc_value)


def _scrubbing(
    shown: Callable[..., Any], error_of: Callable[[Any], BaseException | None]
) -> Callable[..., Any]:
    def hook(*args: Any) -> None:
        scrub(error_of(args))
        shown(*args)

    return hook
