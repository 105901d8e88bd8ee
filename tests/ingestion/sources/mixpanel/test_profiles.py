"""Mixpanel's profiles: every page, a session that expires, a plan that has none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import KetteError
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import Emulator, serve
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
