"""Bad records that vendors sometimes send, added to an otherwise correct answer."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, Any]

# the first of these that a record has is what it is known by, or what says when it was
KEYS = ("uuid", "chatId", "ticketId", "$distinct_id", "event", "id")
TIMES = ("date", "createdAt", "createdOn", "customer-since", "start-date", "time", "$last_seen")
FREE_FORM = ("properties", "$properties", "attributes")
OVERSIZE = 1_500_000


def _key(record: Record) -> str:
    return next(key for key in KEYS if key in record)


def _free_form(record: Record) -> Record:
    return next((record[name] for name in FREE_FORM if isinstance(record.get(name), dict)), record)


def _with_key(value: object) -> Callable[[Record], None]:
    return lambda record: record.update({_key(record): value})


def _with_note(value: object) -> Callable[[Record], None]:
    return lambda record: _free_form(record).update({"note": value})


def _with_wrong_time(record: Record) -> None:
    for part in (record, _free_form(record)):
        part.update({name: {"not": "a time"} for name in TIMES if name in part})


KINDS: dict[str, Callable[[Record], None]] = {
    "null_key": _with_key(None),
    "blank_key": _with_key("  "),
    "nul": _with_note("a\0b"),
    "nan": _with_note(float("nan")),
    "infinity": _with_note(float("-inf")),
    "lone_surrogate": _with_note("\ud800"),
    "big_integer": _with_note(2**70),
    "oversize": _with_note("x" * OVERSIZE),
    "wrong_type": _with_wrong_time,
}


def inject(body: bytes, kind: str) -> bytes:
    """Return a page or JSONL body with one more record, second in line and bad in its ``kind``.

    Apart from what is bad about it, it is the first record under a key of its own: ``bad-<kind>``.
    A body without records stays as it is.
    """
    if body.startswith(b'{"event":'):
        first, _, rest = body.partition(b"\n")
        return b"\n".join([first, json.dumps(_bad(json.loads(first), kind)).encode(), rest])
    page = json.loads(body)
    records = next((part for part in page.values() if _is_list_of_records(part)), None)
    if records is None:
        return body
    records.insert(1, _bad(records[0], kind))
    return json.dumps(page).encode()


def _is_list_of_records(part: object) -> bool:
    return isinstance(part, list) and bool(part) and isinstance(part[0], dict)


def _bad(record: Record, kind: str) -> Record:
    made = copy.deepcopy(record)
    if _key(made) == "event":
        made["properties"]["$insert_id"] = f"bad-{kind}"
    else:
        made[_key(made)] = f"bad-{kind}"
    KINDS[kind](made)
    return made
