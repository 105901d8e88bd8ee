"""A Salesforce org in miniature."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.ingestion.sources.emulator import Reading, Reply, Request

TODAY = date(2026, 6, 15)
CLIENT_ID, SECRET, REFRESH = "app", "app-secret", "refresh-secret"
DATA = "/services/data/v61.0"
TYPES = {
    "Id": "id",
    "IsDeleted": "boolean",
    "CreatedDate": "datetime",
    "SystemModstamp": "datetime",
    "MasterRecordId": "reference",
    "Email": "email",
    "Amount": "currency",
    "Seats": "int",
    "MailingAddress": "address",
}


def day(number: int, **more: float) -> datetime:
    """Return a moment of June 2026, the month in which the tests live."""
    return datetime(2026, 6, number, tzinfo=UTC) + timedelta(**more)


def record_id(number: int) -> str:
    """Return an id of 18 characters without capitals, whose suffix is three times A."""
    return f"003{number:012d}AAA"


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of rows."""
    return [int(row["id"][3:15]) for row in rows]


def later(reading: Reading, stream: str = "contacts") -> list[dict[str, Any]]:
    """Return what a later run of the same day reads of a stream."""
    return reading.rows(stream, reading.reader(stream, known=True))


def error(code: str, status: int, text: str = "no") -> Reply:
    """Return a refusal in the vendor's form: a list."""
    return Reply([{"message": text, "errorCode": code}], status)


class Org:
    """An org; every object has the same fields."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.records: dict[str, list[dict[str, Any]]] = {"Contact": []}
        self.types = dict(TYPES)
        self.page_size = 2
        self.hidden: set[str] = set()
        self.usage = "api-usage=18/15000"
        self.sign_ins: list[dict[str, str]] = []
        self.token = ""
        self.rotated = ""
        self.locators: dict[str, list[dict[str, Any]]] = {}
        self.job_states = ["UploadComplete", "InProgress", "JobComplete"]
        self.jobs: list[str] = []
        self.part_size = 1000
        self.lost_records = 0

    def add(self, number: int, changed: datetime, name: str = "Contact", **more: Any) -> None:
        """Add a record, or a newer version of it."""
        found = self.records.setdefault(name, [])
        found[:] = [each for each in found if each["Id"] != record_id(number)]
        found.append(
            {
                "Id": record_id(number),
                "IsDeleted": False,
                "CreatedDate": day(1),
                "SystemModstamp": changed,
                "MasterRecordId": None,
                "Email": f"p{number}@acme.example",
                "Amount": 1200.0,
                "Seats": number,
                **more,
            }
        )

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.path == "/services/oauth2/token":
            return self._sign_in(request.body)
        if request.headers.get("Authorization") != f"Bearer {self.token}" or not self.token:
            return error("INVALID_SESSION_ID", 401, "Session expired or invalid")
        found = self._data(request, request.path.removeprefix(f"{DATA}/").split("/"))
        if isinstance(found, Reply):
            return found
        return Reply(found, headers={"Sforce-Limit-Info": self.usage})

    def _sign_in(self, form: dict[str, str]) -> Any:
        self.sign_ins.append(form)
        if form["client_secret"] != SECRET:
            return Reply({"error": "invalid_client", "error_description": f"no {SECRET}"}, 400)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != (
            self.rotated if len(self.sign_ins) > 1 and self.rotated else REFRESH
        ):
            return Reply({"error": "invalid_grant", "error_description": "expired"}, 400)
        self.token = f"session-{len(self.sign_ins)}"
        body = {"access_token": self.token, "instance_url": self.url, "token_type": "Bearer"}
        return body | ({"refresh_token": self.rotated} if self.rotated else {})

    def _data(self, request: Request, parts: list[str]) -> Any:
        if parts[0] == "sobjects":
            if parts[1] in self.hidden:
                return error("NOT_FOUND", 404)
            fields = [{"name": name, "type": kind} for name, kind in self.types.items()]
            return {"name": parts[1], "queryable": True, "fields": fields}
        if parts[0] == "queryAll":
            return self._query(request.params["q"])
        if parts[0] == "query":
            number, _, start = parts[1].rpartition("-")
            return self._page(number, self.locators[number], int(start))
        if request.method == "POST":
            self.jobs.append(request.body["query"])
            return {"id": f"750{len(self.jobs)}", "state": "UploadComplete"}
        number = int(parts[2].removeprefix("750"))
        return self._results(request, number) if parts[-1] == "results" else self._state(number)

    def _found(self, query: str) -> tuple[list[str], list[dict[str, Any]]]:
        asked = re.fullmatch(
            r"SELECT (\S+) FROM (\w+) WHERE SystemModstamp >= (\S+)"
            r"(?: AND SystemModstamp < (\S+))?( ORDER BY SystemModstamp ASC)?",
            query,
        )
        assert asked, query
        begin = datetime.fromisoformat(asked[3])
        end = datetime.fromisoformat(asked[4]) if asked[4] else datetime(9999, 1, 1, tzinfo=UTC)
        found = [r for r in self.records.get(asked[2], []) if begin <= r["SystemModstamp"] < end]
        if asked[5]:
            found.sort(key=lambda record: record["SystemModstamp"])
        return asked[1].split(","), found

    def _query(self, query: str) -> Any:
        names, found = self._found(query)
        if names == ["COUNT()"]:
            return {"totalSize": len(found), "done": True, "records": []}
        number = f"01g{len(self.locators)}"
        self.locators[number] = [
            {"attributes": {"type": "Contact"}, **{n: _json(each.get(n)) for n in names}}
            for each in found
        ]
        return self._page(number, self.locators[number], 0)

    def _page(self, number: str, found: list[dict[str, Any]], start: int) -> Any:
        end = start + self.page_size
        body = {"totalSize": len(found), "done": end >= len(found), "records": found[start:end]}
        if end < len(found):
            body["nextRecordsUrl"] = f"{DATA}/query/{number}-{end}"
        return body

    def _state(self, number: int) -> Any:
        state = self.job_states.pop(0) if len(self.job_states) > 1 else self.job_states[0]
        _, found = self._found(self.jobs[number - 1])
        body = {"id": f"750{number}", "state": state, "numberRecordsProcessed": len(found)}
        return body | ({"errorMessage": "QUERY_TIMEOUT"} if state == "Failed" else {})

    def _results(self, request: Request, number: int) -> Reply:
        names, found = self._found(self.jobs[number - 1])
        start = int(request.params.get("locator") or 0)
        part = found[start : start + self.part_size]
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(names)
        kept, self.lost_records = len(part) - self.lost_records, 0
        writer.writerows([_cell(each.get(name)) for name in names] for each in part[:kept])
        end = start + len(part)
        told = {
            "Content-Type": "text/csv",
            "Sforce-NumberOfRecords": str(len(part)),
            "Sforce-Locator": str(end) if end < len(found) else "null",
        }
        return Reply(text.getvalue().encode(), headers=told)


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    return value


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
