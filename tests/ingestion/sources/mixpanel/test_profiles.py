"""Mixpanel's profiles: every page, a session that expires, a plan that has none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import KetteError
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import Emulator, Reply, gone, serve
from tests.ingestion.sources.mixpanel.loading import load

if TYPE_CHECKING:
    from tests.ingestion.sources.project import Project

TODAY = "2026-05-25"


def profile(distinct_id: Any, **properties: Any) -> dict[str, Any]:
    return {"$distinct_id": distinct_id, "$properties": properties}


PEOPLE = [
    profile("u1", **{"$email": "a@example.com", "$last_seen": "2026-05-20T08:00:00"}),
    profile(981, plan="pro"),
    profile("u3"),
    profile("u4"),
    profile("u5"),
]


def people() -> list[str]:
    return query("select distinct_id from raw_mixpanel.engage_profiles order by distinct_id")


def test_profiles_are_read_page_by_page_with_ids_as_text(project: Project) -> None:
    project.profiles = PEOPLE
    load()
    assert people() == ["981", "u1", "u3", "u4", "u5"]
    assert [form["page"] for form in project.engage] == ["0", "1", "2"]
    assert query(
        "select last_seen_at, properties ->> '$.\"$email\"' from raw_mixpanel.engage_profiles"
        " where distinct_id = 'u1'"
    ) == [(datetime(2026, 5, 20, 8, tzinfo=UTC), "a@example.com")]
    assert query("select stream from kette.complete_listings") == ["engage_profiles"]


def test_the_total_of_the_first_page_holds_whatever_later_ones_say(
    project: Project, vendor: Emulator
) -> None:
    project.profiles = PEOPLE

    def answer(request: Any) -> Any:
        body = project.answer(request)
        return {**body, "total": 0} if isinstance(body, dict) and body.get("page") else body

    vendor.answer = answer
    load()
    assert len(people()) == 5


def test_a_listing_without_a_total_ends_with_a_page_that_is_not_full(
    project: Project, vendor: Emulator
) -> None:
    project.profiles = PEOPLE

    def answer(request: Any) -> Any:
        body = project.answer(request)
        return {k: v for k, v in body.items() if k != "total"} if isinstance(body, dict) else body

    vendor.answer = answer
    load()
    assert len(people()) == 5
    assert [form["page"] for form in project.engage] == ["0", "1", "2"]


def test_the_session_and_the_size_of_pages_are_the_vendors(project: Project) -> None:
    project.profiles = PEOPLE
    load()
    # many are asked for and two come
    assert {form["page_size"] for form in project.engage} == {"50000"}
    assert [form.get("session_id") for form in project.engage] == [None, "session-0", "session-0"]


def test_last_seen_has_no_zone_and_is_utc(project: Project) -> None:
    project.profiles = [
        profile("never"),
        profile("seen", **{"$last_seen": "2026-05-20T23:30:00"}),
    ]
    load()
    assert query(
        "select distinct_id, last_seen_at from raw_mixpanel.engage_profiles order by 1"
    ) == [("never", None), ("seen", datetime(2026, 5, 20, 23, 30, tzinfo=UTC))]


def test_a_profile_that_is_deleted_vanishes_without_a_word_and_is_known_as_gone(
    project: Project,
) -> None:
    project.profiles = PEOPLE
    load()
    project.profiles = PEOPLE[1:]
    load()
    assert len(people()) == 5
    assert gone("mixpanel", "engage_profiles", "distinct_id") == {"u1"}


def test_a_page_that_is_no_longer_kept_begins_the_listing_again(
    project: Project, vendor: Emulator
) -> None:
    project.profiles = PEOPLE
    # the export is the first request, two pages follow
    vendor.faults[4] = Reply({"error": "request for page in uncached query for params: {}"}, 400)
    load()
    assert people() == ["981", "u1", "u3", "u4", "u5"]
    assert [form["page"] for form in project.engage] == ["0", "1", "0", "1", "2"]


def test_an_expired_session_is_begun_again(project: Project, vendor: Emulator) -> None:
    project.profiles = PEOPLE

    def expire(request: Any) -> Any:
        if "engage" in request.path and len(project.engage) == 2 and not project.sessions:
            project.sessions += 1
        return project.answer(request)

    vendor.answer = expire
    result = load()["engage_profiles"]
    assert people() == ["981", "u1", "u3", "u4", "u5"]
    assert (result.loaded, result.deduped) == (5, 4)
    assert "session expired" in result.note


def test_a_listing_that_ends_before_its_total_is_no_listing(project: Project) -> None:
    project.profiles = PEOPLE
    project.page_size = 4

    def short(request: Any) -> Any:
        body = project.answer(request)
        return {**body, "results": []} if isinstance(body, dict) and body.get("page") else body

    with serve(short) as vendor, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCES__MIXPANEL__QUERY_BASE_URL", vendor.url)
        with pytest.raises(KetteError, match="4 of 5 profiles came"):
            load()
    assert people() == []


def test_a_plan_without_profiles_is_said_and_no_failure(project: Project) -> None:
    project.profiles = PEOPLE
    load()
    project.has_plan = False
    result = load()["engage_profiles"]
    assert (result.status, result.seen) == ("loaded", 0)
    assert "plan gives no access" in result.note
    assert len(people()) == 5
