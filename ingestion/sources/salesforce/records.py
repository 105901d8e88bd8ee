"""An object's fields, and its records in one form whichever way they come.

REST answers with typed JSON. Bulk answers with CSV, in which everything is text and null is an empty
cell. Both become the same payload, so it does not matter which way a record is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError
from ingestion.records.times import parse_time, time_or_raw
from ingestion.sources.salesforce.api import HIDDEN_OBJECT, OrgRefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ingestion.sources.salesforce.api import SalesforceClient

ID, CURSOR = "Id", "SystemModstamp"
# compound fields repeat their parts, and Bulk refuses them and files
LEFT_OUT = frozenset({"address", "location", "base64"})
NUMBERS = frozenset({"double", "currency", "percent"})
IDS = frozenset({"id", "reference"})
SHORT_ID = 15
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

Fields = dict[str, str]


def fields(client: SalesforceClient, name: str) -> Fields | None:
    """Return the type of each field of an object, or None where the user may not see the object.

    Fields that the user may not see are missing without a word.

    Raises:
        IncompleteAnswerError: The object has no id or no time of its last change.
    """
    try:
        body = client.get(client.data(f"sobjects/{name}/describe")).json()
    except OrgRefusalError as refusal:
        if refusal.code in HIDDEN_OBJECT:
            return None
        raise
    if body.get("queryable") is False:
        return None
    found = {
        str(field["name"]): str(field.get("type"))
        for field in body.get("fields") or []
        if isinstance(field, dict) and field.get("name") and field.get("type") not in LEFT_OUT
    }
    if not {ID, CURSOR} <= set(found):
        raise IncompleteAnswerError(
            f"the description of the object lacks {ID} or {CURSOR}",
            where=f"salesforce {name}",
            fix="Run again later",
        )
    return found


def from_json(record: Mapping[str, Any], types: Fields) -> dict[str, Any]:
    """Return the payload of a record that came by REST."""
    return {
        name: _one_form(value, types.get(name, ""))
        for name, value in record.items()
        if name != "attributes"
    }


def from_csv(cells: Mapping[str, str], types: Fields) -> dict[str, Any]:
    """Return the payload of a record that came by Bulk."""
    return {name: _typed(text, types.get(name, "")) for name, text in cells.items()}


def _typed(text: str, kind: str) -> Any:
    if text == "":
        return None
    if kind == "boolean":
        return text.lower() == "true"
    if kind == "int":
        return int(text) if text.lstrip("-").isdigit() else text
    return _one_form(text, kind)


def _one_form(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    if kind in NUMBERS:
        try:
            return float(value)
        except (TypeError, ValueError):
            return value
    if kind in IDS and isinstance(value, str):
        return to_18(value)
    if kind == "datetime" and isinstance(value, str) and value.endswith("+0000"):
        return value.removesuffix("+0000") + "Z"
    return value


def to_18(record_id: str) -> str:
    """Return an id in the form that does not depend on capital letters.

    The last three characters say which letters of the three groups of five are capitals.
    """
    if len(record_id) != SHORT_ID or not record_id.isalnum() or not record_id.isascii():
        return record_id
    suffix = ""
    for start in range(0, SHORT_ID, 5):
        group = record_id[start : start + 5]
        suffix += _SUFFIX[sum(1 << place for place, letter in enumerate(group) if letter.isupper())]
    return record_id + suffix


def changed_at(payload: Mapping[str, Any]) -> datetime | None:
    """Return when a record was last changed, as far as it tells."""
    try:
        return parse_time(payload.get(CURSOR))
    except ValueError:
        return None


def to_row(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a payload."""
    return {
        "id": payload.get(ID),
        "created_at": time_or_raw(payload.get("CreatedDate")),
        "system_modstamp": time_or_raw(payload.get(CURSOR)),
        "is_deleted": payload.get("IsDeleted"),
        "payload": payload,
    }
