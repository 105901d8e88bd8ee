"""Salesforce's objects in memory: their fields, what queries say, and records as JSON and CSV."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingestion.sandbox.common import Refusal, parquet
from ingestion.sandbox.vendors.salesforce.schema import OBJECTS

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

DAY_MS = 86_400_000
ARCHIVED_AFTER_MS = 365 * DAY_MS
TABLES = {name: table for table, name in OBJECTS.items()}
_COMMON = {
    "Id": "id", "IsDeleted": "boolean", "CreatedDate": "datetime", "LastModifiedDate": "datetime",
    "SystemModstamp": "datetime", "OwnerId": "reference",
}  # fmt: skip
_NAMED = {"FirstName": "string", "LastName": "string", "Name": "string"}
_MERGED = {"MasterRecordId": "reference"}
FIELDS: dict[str, dict[str, str]] = {
    "Account": _COMMON | _MERGED | {
        "Name": "string", "Website": "url", "Industry": "picklist", "NumberOfEmployees": "int",
        "BillingCity": "string", "BillingCountry": "string", "BillingAddress": "address",
        "Type": "picklist", "CurrencyIsoCode": "picklist", "Nordlicht_Account_Id__c": "string",
        "Account_Age_Days__c": "double",
    },
    "Contact": _COMMON | _MERGED | _NAMED | {
        "AccountId": "reference", "Email": "email", "MobilePhone": "phone", "Title": "string",
        "MailingCity": "string", "MailingCountry": "string", "MailingAddress": "address",
        "HasOptedOutOfEmail": "boolean", "LeadSource": "picklist", "Nordlicht_User_Id__c": "string",
    },
    "Lead": _COMMON | _MERGED | _NAMED | {
        "Company": "string", "Email": "email", "MobilePhone": "phone", "Status": "picklist",
        "LeadSource": "picklist", "IsConverted": "boolean", "ConvertedDate": "date",
        "ConvertedContactId": "reference", "ConvertedAccountId": "reference",
        "ConvertedOpportunityId": "reference", "HasOptedOutOfEmail": "boolean",
    },
    "Opportunity": _COMMON | {
        "Name": "string", "AccountId": "reference", "StageName": "picklist", "Amount": "currency",
        "CurrencyIsoCode": "picklist", "CloseDate": "date", "IsClosed": "boolean",
        "IsWon": "boolean", "Probability": "percent", "Type": "picklist", "Days_Open__c": "double",
    },
    "Case": _COMMON | _MERGED | {
        "CaseNumber": "string", "ContactId": "reference", "AccountId": "reference",
        "Origin": "picklist", "Status": "picklist", "Priority": "picklist", "Subject": "string",
        "Description": "textarea", "IsClosed": "boolean", "ClosedDate": "datetime",
    },
    "Task": _COMMON | {
        "WhoId": "reference", "WhatId": "reference", "AccountId": "reference",
        "Subject": "string", "Status": "picklist", "Priority": "picklist",
        "TaskSubtype": "picklist", "CallType": "picklist", "CallDurationInSeconds": "int",
        "ActivityDate": "date", "IsClosed": "boolean", "CompletedDateTime": "datetime",
        "IsArchived": "boolean",
    },
    "Event": _COMMON | {
        "WhoId": "reference", "WhatId": "reference", "AccountId": "reference",
        "Subject": "string", "EventSubtype": "picklist", "StartDateTime": "datetime",
        "EndDateTime": "datetime", "ActivityDate": "date", "DurationInMinutes": "int",
        "IsAllDayEvent": "boolean", "IsChild": "boolean", "IsGroupEvent": "boolean",
        "IsRecurrence": "boolean", "Location": "string", "IsArchived": "boolean",
    },
    # a user is never deleted, only deactivated
    "User": _NAMED | {
        "Id": "id", "CreatedDate": "datetime", "LastModifiedDate": "datetime",
        "SystemModstamp": "datetime", "Username": "string", "Email": "email",
        "MobilePhone": "phone", "IsActive": "boolean", "Address": "address",
    },
}  # fmt: skip
# formulas: days since the record was made; they change while nobody touches it
FORMULAS = ("Account_Age_Days__c", "Days_Open__c")
COMPOUND = "address"
_COLUMNS = {"Id": "id", "IsDeleted": "is_deleted", "CreatedDate": "created_ms",
            "LastModifiedDate": "updated_ms", "SystemModstamp": "updated_ms"}  # fmt: skip
_QUERY = re.compile(
    r"select\s+(?P<fields>.+?)\s+from\s+(?P<object>\w+)(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s+by\s+(?P<order>\w+)(?:\s+(?P<way>asc|desc))?)?(?:\s+limit\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(\w+)\s*(>=|<=|!=|=|<|>)\s*('[^']*'|\S+)")


def refused(status: int, code: str, message: str) -> Refusal:
    """Return a refusal in Salesforce's form: a list of errors."""
    return Refusal(status, [{"message": message, "errorCode": code}])


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load Salesforce's tables."""
    for table, name in OBJECTS.items():
        path = folder / "salesforce" / f"{table}.parquet"
        database.execute(f'create table "{name}" as select * from {parquet(path)}')  # noqa: S608


@dataclass(frozen=True)
class Query:
    """A query that was understood: the object, the fields asked for, and the SQL for its rows."""

    name: str
    fields: tuple[str, ...]
    is_count: bool
    sql: str
    values: tuple[object, ...]


def understand(text: str, *, shows_all: bool, now_ms: int) -> Query:
    """Read a SOQL query.

    Args:
        text: The query.
        shows_all: Also what lies in the recycle bin and archived activities (queryAll).
        now_ms: The present moment.
    """
    found = _QUERY.fullmatch(text.strip())
    if found is None:
        raise refused(400, "MALFORMED_QUERY", "unexpected token")
    name = found["object"]
    if name not in FIELDS:
        raise refused(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    is_count = found["fields"].replace(" ", "").lower() == "count()"
    fields = () if is_count else tuple(part.strip() for part in found["fields"].split(","))
    for field in fields:
        _known(name, field)
    conditions, values = _conditions(name, found["where"] or "")
    if not shows_all:
        conditions.append("not is_deleted")
        if "IsArchived" in FIELDS[name]:
            conditions.append(f"created_ms > {now_ms - ARCHIVED_AFTER_MS}")
    order = _COLUMNS.get(_known(name, found["order"] or "Id"), "id")
    sql = (
        "select id, created_ms, updated_ms, is_deleted, properties_json "  # noqa: S608
        f'from "{name}" where {" and ".join(conditions or ["true"])} '
        f"order by {order} {found['way'] or 'asc'}, id"
    )
    if found["limit"]:
        sql += f" limit {found['limit']}"
    return Query(name, fields, is_count, sql, tuple(values))


def _conditions(name: str, where: str) -> tuple[list[str], list[object]]:
    parts = re.split(r"\s+and\s+", where, flags=re.IGNORECASE)
    found = [_condition(name, part) for part in parts if part]
    return [condition for condition, _ in found], [value for _, value in found]


def _known(name: str, field: str) -> str:
    if field not in FIELDS[name]:
        raise refused(400, "INVALID_FIELD", f"No such column '{field}' on entity '{name}'.")
    return field


def _condition(name: str, part: str) -> tuple[str, object]:
    found = _CONDITION.fullmatch(part.strip())
    if found is None:
        raise refused(400, "MALFORMED_QUERY", f"unexpected token: '{part}'")
    field, operator, literal = found.groups()
    kind, text = FIELDS[name][_known(name, field)], literal.strip("'")
    if kind == "datetime":
        if literal.startswith("'"):
            raise refused(
                400,
                "INVALID_FIELD",
                f"value of filter criterion for field '{field}' must be of type dateTime and "
                "should not be enclosed in quotes",
            )
        return f"{_COLUMNS.get(field, field)} {operator} ?", _ms(literal)
    if kind == "id":
        # an id of 15 characters means the same record
        return f"id[1:15] {operator} ?", text[:15]
    if kind == "boolean" and field in _COLUMNS:
        return f"{_COLUMNS[field]} {operator} ?", text.lower() == "true"
    return f"properties_json->>'{field}' {operator} ?", text


def _ms(literal: str) -> int:
    try:
        moment = datetime.fromisoformat(literal)
    except ValueError:
        raise refused(400, "MALFORMED_QUERY", f"line 1: bad date time '{literal}'") from None
    return round(moment.timestamp() * 1000)


def _iso(moment_ms: int) -> str:
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ms % 1000:03d}Z"


def values(name: str, row: tuple[Any, ...], now_ms: int) -> dict[str, Any]:
    """Return all fields of a record; moments end in Z."""
    record_id, created_ms, updated_ms, is_deleted, properties_json = row
    age = float((now_ms - created_ms) // DAY_MS)
    found = {
        **json.loads(properties_json),
        "Id": record_id,
        "IsDeleted": is_deleted,
        "CreatedDate": _iso(created_ms),
        "LastModifiedDate": _iso(updated_ms),
        "SystemModstamp": _iso(updated_ms),
        **dict.fromkeys(FORMULAS, age),
        "IsArchived": created_ms <= now_ms - ARCHIVED_AFTER_MS,
    }
    for field, kind in FIELDS[name].items():
        if kind == COMPOUND:
            stem = field.removesuffix("Address")
            found[field] = {
                "city": found.get(f"{stem}City"), "country": found.get(f"{stem}Country"),
            }  # fmt: skip
    return found


def as_json(query: Query, row: tuple[Any, ...], version: str, now_ms: int) -> dict[str, Any]:
    """Return a record as REST shows it."""
    found, kinds = values(query.name, row, now_ms), FIELDS[query.name]
    url = f"/services/data/{version}/sobjects/{query.name}/{row[0]}"
    record: dict[str, Any] = {"attributes": {"type": query.name, "url": url}}
    for field in query.fields:
        value = found.get(field)
        if kinds[field] == "datetime" and value:
            value = value.removesuffix("Z") + "+0000"
        record[field] = value
    return record


def as_cells(query: Query, row: tuple[Any, ...], now_ms: int) -> list[str]:
    """Return a record as Bulk writes it: everything is text, and nothing is an empty cell."""
    found = values(query.name, row, now_ms)
    return [_cell(found.get(field)) for field in query.fields]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def description(name: str) -> dict[str, Any]:
    """Return what an object consists of."""
    return {
        "name": name,
        "label": name,
        "keyPrefix": None,
        "queryable": True,
        "fields": [
            {
                "name": field,
                "label": field.removesuffix("__c").replace("_", " "),
                "type": kind,
                "custom": field.endswith("__c"),
                "calculated": field in FORMULAS,
                "nillable": field != "Id",
            }
            for field, kind in FIELDS[name].items()
        ],
    }
