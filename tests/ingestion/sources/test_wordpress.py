"""WordPress: comments by page, what a login adds, states that change later, and plain text."""

from __future__ import annotations

import base64
import gzip
import secrets
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import CredentialsError, KetteError
from ingestion.loading import dlt_package
from ingestion.loading.run import run
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import wordpress
from tests.ingestion.sandbox.handmade import hurrying
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, gone, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "moderator", "abcd efgh ijkl"
SHOWN = {"approve": {"approved"}, "all": {"approved", "hold"}, "spam": {"spam"}, "trash": {"trash"}}


class Site:
    """A site with three comments a page; a page behind the last is an error."""

    def __init__(self) -> None:
        self.comments: dict[int, dict[str, Any]] = {}
        self.page_size = 3
        self.before_page: Any = lambda _request: None

    def add(self, number: int, written: str, status: str = "approved", **more: Any) -> None:
        """Add a comment, or change it."""
        self.comments[number] = {
            "id": number, "post": 5, "author": 0, "author_name": "Mia", "date_gmt": written,
            "author_email": "mia@firm.example", "status": status, "type": "comment",
            "content": {"rendered": "<p>Danke</p>"}, **more,
        }  # fmt: skip

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        self.before_page(request)
        pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        given = request.headers.get("Authorization")
        if given and given != f"Basic {pair}":
            return Reply({"code": "incorrect_password", "message": "No.", "data": {}}, 401)
        asked = request.params
        edits, status = asked.get("context") == "edit", asked.get("status", "approve")
        if (edits or status != "approve") and not given:
            return Reply({"code": "rest_forbidden_context", "message": "No.", "data": {}}, 401)
        found = [
            each
            for _, each in sorted(self.comments.items())
            if each["status"] in SHOWN[status]
            and asked.get("after", "") < each["date_gmt"] < asked.get("before", "9")
        ]
        page, pages = int(asked["page"]), -(-len(found) // self.page_size)
        if page > max(pages, 1):
            return Reply({"code": "rest_post_invalid_page_number", "message": "…"}, 400)
        shown = found[(page - 1) * self.page_size : page * self.page_size]
        if not edits:
            hidden = {"author_email", "status"}
            shown = [{k: v for k, v in each.items() if k not in hidden} for each in shown]
        if "_fields" in asked:
            fields = asked["_fields"].split(",")
            shown = [{k: v for k, v in each.items() if k in fields} for each in shown]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return Reply(shown, headers=headers)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def vendor(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(site.answer) as emulator:
        yield emulator


def settings(vendor: Emulator, user: str = USER, password: str = PASSWORD) -> Any:
    return wordpress.WordpressSettings(
        base_url=vendor.url,
        username=user,
        application_password=password or None,
        start_date=date(2020, 1, 1),
    )


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    return Reading(wordpress.LOAD, settings(vendor))


def numbers(
    reading: Reading, stream: str = "comments", *, known: bool = False, **dates: Any
) -> list[str]:
    """Return which comments a run reads."""
    reader = reading.reader(stream, known=known, **dates)
    return [row["id"] for row in reading.rows(stream, reader)]


def test_pages_end_with_the_last_one_and_none_behind_it_is_asked_for_twice(
    site: Site, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 8):
        site.add(number, f"2026-06-0{number}T10:00:00")
    assert numbers(reading) == [str(number) for number in range(1, 8)]
    assert [request.params["page"] for request in vendor.requests] == ["1", "2", "3"]
    assert vendor.requests[0].params["orderby"] == "id"


def test_a_list_that_shrinks_below_the_page_asked_for_ends_there(
    site: Site, reading: Reading
) -> None:
    for number in range(1, 8):
        site.add(number, f"2026-06-0{number}T10:00:00")

    def take_for_spam(request: Request) -> None:
        if request.params["page"] == "3":
            for number in (1, 2, 7):
                site.comments[number]["status"] = "spam"

    site.before_page = take_for_spam
    assert {"3", "4", "5", "6"} <= set(numbers(reading))


def test_another_refusal_of_a_page_is_an_error(vendor: Emulator, reading: Reading) -> None:
    vendor.answer = lambda _request: Reply(
        {"code": "rest_invalid_param", "message": "orderby"}, 400
    )
    with pytest.raises(KetteError, match="status 400: orderby"):
        reading.rows("comments")


def test_without_a_login_it_reads_what_every_visitor_sees(site: Site, vendor: Emulator) -> None:
    site.add(1, "2026-06-01T10:00:00")
    site.add(2, "2026-06-02T10:00:00", status="hold")
    visitor = Reading(wordpress.LOAD, settings(vendor, "", ""))
    (row,) = visitor.rows("comments")
    assert (row["id"], row["status"]) == ("1", "approved")
    assert "author_email" not in row["payload"]
    assert [row["id"] for row in visitor.rows("comment_states")] == ["1"]
    assert all("Authorization" not in request.headers for request in vendor.requests)


def test_one_half_of_a_login_is_refused() -> None:
    half = wordpress.WordpressSettings(base_url="https://www.firm.example", username="mia")
    with pytest.raises(KetteError, match="go together"):
        half.check()


def test_a_login_is_sent_by_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__WORDPRESS__BASE_URL", "http://www.firm.example")
    with pytest.raises(KetteError, match="no https address"):
        dlt_package.resolve(wordpress.LOAD)


def test_a_later_run_reads_the_last_thirty_days_again(
    site: Site, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, day in ((1, "2026-01-05"), (2, "2026-05-16"), (3, "2026-06-14")):
        site.add(number, f"{day}T10:00:00")
    assert numbers(reading) == ["1", "2", "3"]
    assert numbers(reading, known=True) == ["2", "3"]
    assert numbers(reading, known=True, from_date=date(2026, 1, 1), to_date=date(2026, 1, 31)) == [
        "1"
    ]


def test_what_an_editor_decides_later_shows_in_the_daily_listing(
    site: Site, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__WORDPRESS__BASE_URL", vendor.url)
    monkeypatch.setenv("SOURCES__WORDPRESS__USERNAME", USER)
    monkeypatch.setenv("SOURCES__WORDPRESS__APPLICATION_PASSWORD", PASSWORD)
    for number in range(1, 10):
        site.add(number, "2026-01-05T10:00:00")
    run(wordpress.LOAD)
    site.comments[2]["status"], site.comments[3]["status"] = "spam", "trash"
    del site.comments[4]
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(wordpress.LOAD)
    states = dict(stored("select id, status from raw_wordpress.comment_states"))
    assert (states["1"], states["2"], states["3"]) == ("approved", "spam", "trash")
    assert gone("wordpress", "comment_states", "id") == {"4"}


@pytest.mark.parametrize(
    ("rendered", "text"),
    [
        ("<p>Frage &amp; Lob &#8211; 👍<br />zweite Zeile</p>\n", "Frage & Lob – 👍 zweite Zeile"),
        ("<p>eins</p><p>zwei</p>", "eins zwei"),
        ('<a href="https://x.example">hier</a> 3 &lt; 4', "hier 3 < 4"),
        ("", None),
        (None, None),
    ],
)
def test_the_text_stands_without_markup(
    site: Site, reading: Reading, rendered: str | None, text: str | None
) -> None:
    site.add(1, "2026-06-01T22:30:00", content={"rendered": rendered})
    (row,) = reading.rows("comments")
    assert row["content_text"] == text
    assert row["payload"]["content"]["rendered"] == rendered
    assert row["created_at"] == datetime(2026, 6, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"code": "rate_limited"}, 429, {"Retry-After": "2"}),
        Reply(b"oops", 500),
        Reply([], reset=True),
        Reply(gzip.compress(b"[]")[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429 with wait", "500", "reset", "cut gzip"],
)
def test_a_passing_fault_costs_no_comment(
    site: Site, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    for number in range(1, 8):
        site.add(number, f"2026-06-0{number}T10:00:00")
    vendor.faults.update(dict.fromkeys(range(1, 30, 2), fault))
    assert numbers(reading) == [str(number) for number in range(1, 8)]


def test_a_refused_password_is_not_shown(vendor: Emulator) -> None:
    with pytest.raises(CredentialsError) as refused:
        Reading(wordpress.LOAD, settings(vendor, USER, "wrong words")).rows("comments")
    assert "wrong words" not in str(refused.value)


def test_a_bad_record_is_quarantined_and_a_cut_run_loses_nothing(
    site: Site, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__WORDPRESS__BASE_URL", vendor.url)
    for number in range(1, 8):
        site.add(number, f"2026-06-0{number}T10:00:00")
    site.comments[5]["id"] = None
    vendor.faults.update(dict.fromkeys(range(2, 8), Reply(b"", 502)))
    with pytest.raises(KetteError, match="status 502"):
        run(wordpress.LOAD)
    found = {each.stream: each for each in run(wordpress.LOAD)}["comments"]
    assert (found.seen, found.loaded, found.quarantined) == (7, 6, 1)


def test_a_whole_site_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = secrets.randbelow(100_000)
    world.generate(tmp_path, customers=300, months=12, seed=seed, until=date(2026, 6, 1))
    files = f"'{tmp_path}/wordpress/comments.parquet'"
    expected = duckdb.sql(
        f"select id::varchar, author_email from {files} where status in ('approved', 'hold') order by 1"
    ).fetchall()
    states = duckdb.sql(f"select id::varchar, status from {files} order by 1").fetchall()
    query = "select id, payload->>'author_email' from raw_wordpress.comments order by 1"
    with serve_in_thread(tmp_path, clock=hurrying()) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": "2026-06-01"}.items():
            monkeypatch.setenv(name, value)
        run(wordpress.LOAD)
        assert stored(query) == expected, f"--seed {seed}"
        listed = stored("select id, status from raw_wordpress.comment_states order by 1")
        assert listed == states, f"--seed {seed}"
        before = len(sandbox.requests)
        run(wordpress.LOAD)
        assert stored(query) == expected
        assert len(sandbox.requests) - before <= 2
