"""Salesforce over the simulated company: signing in, REST queries with locators, Bulk 2.0 jobs.

A session ends after a quarter of an hour. At most ten listings are open at once, and each ends after two
days. `query` shows current records; `queryAll` also shows the recycle bin and archived activities.
"""

from __future__ import annotations

import csv
import io
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint
from ingestion.sandbox.vendors.salesforce import objects
from ingestion.sandbox.vendors.salesforce.objects import Query, refused

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "v61.0"
DAILY, DAY = 100_000, 86_400
SESSION_SECONDS, LISTING_SECONDS, MOST_LISTINGS = 900, 2 * DAY, 10
SMALLEST_PAGE, LARGEST_PAGE = 200, 2000
# wide rows come in smaller pages
MOST_CELLS = 60_000
LONGEST_ADDRESS = 16_384
JOB_STATES = ("UploadComplete", "InProgress", "JobComplete")
MOUNT = "/salesforce"


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here.

    Args:
        base_url: Where this router is mounted.
        start_date: A day before the company's first.
    """
    return {
        "base_url": base_url,
        "client_id": credentials.SALESFORCE_CLIENT_ID,
        "client_secret": credentials.SALESFORCE_CLIENT_SECRET,
        "refresh_token": credentials.SALESFORCE_REFRESH_TOKEN,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return Salesforce's endpoints."""
    api = Api(store)
    base = "/services/data/{version}"
    routes: list[tuple[str, str, Callable[[Call], Response]]] = [
        ("GET", f"{base}/query", api.query),
        ("GET", f"{base}/queryAll", api.query_all),
        ("GET", f"{base}/query/{{locator}}", api.more),
        ("GET", f"{base}/sobjects", api.known_objects),
        ("GET", f"{base}/sobjects/{{name}}/describe", api.describe),
        ("POST", f"{base}/jobs/query", api.start_job),
        ("GET", f"{base}/jobs/query/{{job}}", api.job),
        ("GET", f"{base}/jobs/query/{{job}}/results", api.results),
    ]
    return Router(
        [
            Route("/services/oauth2/token", endpoint(api.sign_in), methods=["POST"]),
            *(
                Route(path, endpoint(api.guarded(answer)), methods=[method])
                for method, path, answer in routes
            ),
        ],
        redirect_slashes=False,
    )


@dataclass
class Listing:
    """A query's rows as they were when it was asked."""

    query: Query
    rows: list[tuple[Any, ...]]
    now_ms: int
    size: int
    ends: float


@dataclass
class Job:
    """A bulk query; it moves on by one state each time somebody looks."""

    query: Query
    operation: str
    rows: list[tuple[Any, ...]]
    now_ms: int
    looks: int = 0
    problem: str = ""

    @property
    def state(self) -> str:
        """Return how far it has come."""
        state = JOB_STATES[min(self.looks, len(JOB_STATES) - 1)]
        return "Failed" if self.problem and state == JOB_STATES[-1] else state


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._daily = store.limit(DAILY, DAY)
        self._sessions: dict[str, float] = {}
        self._listings: OrderedDict[str, Listing] = OrderedDict()
        self._jobs: dict[str, Job] = {}
        self._count = 0
        self._lock = threading.Lock()

    def _number(self) -> str:
        with self._lock:
            self._count += 1
            return f"{self._count:07}"

    def sign_in(self, call: Call) -> Response:
        """Return a session for a refresh token or for the app itself."""
        form = call.form()
        app = (form.get("client_id"), form.get("client_secret"))
        if app != (credentials.SALESFORCE_CLIENT_ID, credentials.SALESFORCE_CLIENT_SECRET):
            raise _oauth("invalid_client", "invalid client credentials")
        grant = form.get("grant_type")
        if grant == "refresh_token":
            if form.get("refresh_token") != credentials.SALESFORCE_REFRESH_TOKEN:
                raise _oauth("invalid_grant", "expired access/refresh token")
        elif grant != "client_credentials":
            raise _oauth("unsupported_grant_type", "grant type not supported")
        number, now = self._number(), self._store.clock()
        token = f"00D5g000000Nord!session.{number}"
        self._sessions[token] = now + SESSION_SECONDS
        return JSONResponse(
            {
                "access_token": token,
                "instance_url": f"http://{call.headers['host']}{MOUNT}",
                "id": "https://login.salesforce.com/id/00D5g000000NordEAC/0055g00000SalesAAK",
                "token_type": "Bearer",
                "issued_at": str(int(now * 1000)),
                "signature": "c2FuZGJveA==",
            }
        )

    def guarded(self, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the session and the limit, of which each answer tells."""

        def guarded(call: Call) -> Response:
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            if scheme != "Bearer" or self._store.clock() >= self._sessions.get(token, 0):
                raise refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
            if self._daily.take() is not None:
                raise refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            told = {"Sforce-Limit-Info": f"api-usage={DAILY - self._daily.left()}/{DAILY}"}
            if len(str(call.params)) > LONGEST_ADDRESS:
                raise Refusal(414, "URI Too Long", told)
            try:
                response = answer(call)
            except Refusal as refusal:
                raise Refusal(refusal.status, refusal.body, told) from None
            response.headers.update(told)
            return response

        return guarded

    def query(self, call: Call) -> Response:
        """Return the first page of what is there."""
        return self._first_page(call, shows_all=False)

    def query_all(self, call: Call) -> Response:
        """Return the first page of all there is, deleted and archived records included."""
        return self._first_page(call, shows_all=True)

    def _rows(self, query: Query) -> list[tuple[Any, ...]]:
        database = self._store.database(objects.prepare)
        return database.execute(query.sql, list(query.values)).fetchall()

    def _first_page(self, call: Call, *, shows_all: bool) -> Response:
        now_ms = self._store.world().now_ms
        query = objects.understand(call.params.get("q", ""), shows_all=shows_all, now_ms=now_ms)
        rows = self._rows(query)
        if query.is_count:
            return JSONResponse({"totalSize": len(rows), "done": True, "records": []})
        widest = max(SMALLEST_PAGE, MOST_CELLS // len(query.fields))
        size = min(LARGEST_PAGE, widest, _batch_size(call))
        ends = self._store.clock() + LISTING_SECONDS
        listing = Listing(query, rows, now_ms, size, ends)
        number = f"01g5g00000{self._number()}"
        if len(rows) > size:
            with self._lock:
                self._listings[number] = listing
                while len(self._listings) > MOST_LISTINGS:
                    self._listings.popitem(last=False)
        return _page(listing, number, 0, call.path["version"])

    def more(self, call: Call) -> Response:
        """Return a later page of an open listing."""
        number, _, start = call.path["locator"].rpartition("-")
        listing = self._listings.get(number)
        if listing is None or not start.isdigit() or self._store.clock() >= listing.ends:
            raise refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return _page(listing, number, int(start), call.path["version"])

    def known_objects(self, _: Call) -> Response:
        """Return the objects that the user may see."""
        known = [{"name": name, "queryable": True} for name in objects.FIELDS]
        return JSONResponse({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": known})

    def describe(self, call: Call) -> Response:
        """Return an object's fields."""
        name = call.path["name"]
        if name not in objects.FIELDS:
            raise refused(404, "NOT_FOUND", "The requested resource does not exist")
        return JSONResponse(objects.description(name))

    def start_job(self, call: Call) -> Response:
        """Make a bulk query."""
        body = call.json()
        operation = body.get("operation")
        if operation not in {"query", "queryAll"}:
            raise refused(400, "INVALIDJOB", f"unsupported operation: {operation}")
        now_ms = self._store.world().now_ms
        query = objects.understand(
            str(body.get("query")), shows_all=operation == "queryAll", now_ms=now_ms
        )
        kinds = {objects.FIELDS[query.name][field] for field in query.fields}
        problem = ""
        if objects.COMPOUND in kinds or query.is_count:
            problem = (
                "FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported in Bulk Query"
            )
        number = f"7505g00000{self._number()}AAA"
        self._jobs[number] = Job(query, operation, self._rows(query), now_ms, problem=problem)
        return JSONResponse(_shown(number, self._jobs[number]))

    def job(self, call: Call) -> Response:
        """Return how far a job has come."""
        number, found = call.path["job"], self._found(call)
        found.looks += 1
        return JSONResponse(_shown(number, found))

    def _found(self, call: Call) -> Job:
        found = self._jobs.get(call.path["job"])
        if found is None:
            raise refused(404, "NOT_FOUND", "The requested resource does not exist")
        return found

    def results(self, call: Call) -> Response:
        """Return a part of a finished job's records as CSV; the header tells of the next."""
        found = self._found(call)
        if found.state != JOB_STATES[-1]:
            raise refused(400, "INVALIDJOBSTATE", f"the job is {found.state}")
        start, most = call.params.get("locator", "0"), call.params.get("maxRecords", "50000")
        if not start.isdigit() or not most.isdigit() or not int(most):
            raise refused(400, "INVALID_LOCATOR", "the locator is invalid")
        part = found.rows[int(start) : int(start) + int(most)]
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(found.query.fields)
        writer.writerows(objects.as_cells(found.query, row, found.now_ms) for row in part)
        following = int(start) + len(part)
        told = {
            "Sforce-NumberOfRecords": str(len(part)),
            # the word, where nothing follows
            "Sforce-Locator": str(following) if following < len(found.rows) else "null",
        }
        return Response(text.getvalue(), headers=told, media_type="text/csv")


def _oauth(error: str, description: str) -> Refusal:
    return Refusal(400, {"error": error, "error_description": description})


def _batch_size(call: Call) -> int:
    text = call.headers.get("sforce-query-options", "").replace(" ", "")
    size = text.removeprefix("batchSize=")
    return max(int(size), SMALLEST_PAGE) if size.isdigit() else LARGEST_PAGE


def _page(listing: Listing, number: str, start: int, version: str) -> Response:
    end = start + listing.size
    body: dict[str, Any] = {
        "totalSize": len(listing.rows),
        "done": end >= len(listing.rows),
        "records": [
            objects.as_json(listing.query, row, version, listing.now_ms)
            for row in listing.rows[start:end]
        ],
    }
    if not body["done"]:
        body["nextRecordsUrl"] = f"/services/data/{version}/query/{number}-{end}"
    return Response(json.dumps(body), media_type="application/json")


def _shown(number: str, job: Job) -> dict[str, Any]:
    shown = {
        "id": number,
        "operation": job.operation,
        "object": job.query.name,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 61.0,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    if job.looks >= len(JOB_STATES) - 1:
        shown |= {"numberRecordsProcessed": len(job.rows), "retries": 0, "totalProcessingTime": 104}
    if job.state == "Failed":
        shown["errorMessage"] = job.problem
    return shown
