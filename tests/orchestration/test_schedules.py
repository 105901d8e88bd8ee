"""A day of schedules, minute by minute: each source on its own, one build for all that came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.test_utils import create_run_for_test
from dagster._utils.schedules import cron_string_iterator

from ingestion.control import locks, store, tables
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import content, due
from orchestration.dagster.automation import BUILD, job_name

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 60
STEP = timedelta(minutes=5)
DAY = datetime(2026, 3, 2, tzinfo=UTC)
ON = {
    "delighted": {"SOURCES__DELIGHTED__API_KEY": "key"},
    "typeform": {"SOURCES__TYPEFORM__ACCESS_TOKEN": "token"},
    "tawk": {"SOURCES__TAWK__WEBHOOK_SECRET": "secret"},
    "hubspot": {"SOURCES__HUBSPOT__ACCESS_TOKEN": "token"},
}
# a load of tawk takes longer than the time between two of its ticks
MINUTES = {"tawk": 25, "hubspot": 10, "delighted": 5, "typeform": 5, BUILD: 20}
LOADS = {load.source: load for load in REGISTRY}


@dataclass
class Running:
    """A run that has begun."""

    run: dg.DagsterRun
    name: str
    ends: datetime


@dataclass
class World:
    """Dagster's daemon, queue and workers in miniature, on a clock that is set by hand."""

    repository: dg.RepositoryDefinition
    instance: dg.DagsterInstance
    patch: pytest.MonkeyPatch
    now: datetime = DAY
    running: list[Running] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    loads: list[tuple[str, datetime]] = field(default_factory=list)
    # when each build began, and why
    builds: list[tuple[datetime, str]] = field(default_factory=list)
    # by ledger row: when the load ended, and when a build began that read it
    came: dict[int, datetime] = field(default_factory=dict)
    read: dict[int, datetime] = field(default_factory=dict)
    together: int = 0

    def __post_init__(self) -> None:
        self.patch.setattr(store, "now", lambda: self.now.replace(tzinfo=None))
        # one in memory has no address under which a tick could open it
        found = property(lambda _context: self.instance)
        self.patch.setattr(dg.ScheduleEvaluationContext, "instance", found)
        self.ticks = {
            source: cron_string_iterator(
                (DAY - STEP).timestamp(), LOADS[source].cron, settings().time_zone
            )
            for source in ON
        }
        self.next = {source: next(ticks) for source, ticks in self.ticks.items()}

    def live(self, until: datetime, new: dict[str, bool]) -> None:
        """Let time go by; ``new`` says of which sources something new comes."""
        while self.now < until:
            self.patch.setenv("KETTE_TODAY", self.now.date().isoformat())
            self._end(new)
            for source in ON:
                if self.next[source].timestamp() <= self.now.timestamp():
                    while self.next[source].timestamp() <= self.now.timestamp():
                        self.next[source] = next(self.ticks[source])
                    self._tick(source)
            self._look()
            self.together = max(self.together, len(self.running))
            self.now += STEP

    def _end(self, new: dict[str, bool]) -> None:
        for ended in [each for each in self.running if each.ends <= self.now]:
            self.running.remove(ended)
            self.instance.report_run_canceled(ended.run)
            if ended.name != BUILD:
                self._loaded(ended.name, rows=5 if new[ended.name] else 0)

    def _loaded(self, source: str, rows: int) -> None:
        with store.begin() as connection:
            added = connection.execute(
                sa.insert(tables.load_ledger).values(
                    load_id=str(self.now.timestamp()),
                    source=source,
                    stream=LOADS[source].streams[0].name,
                    started_at=store.now(),
                    seen=rows,
                    loaded=rows,
                    status="loaded",
                )
            )
        if rows:
            (ledger_id,) = added.inserted_primary_key or (0,)
            self.came[ledger_id] = self.now

    def _begin(self, job: str, name: str) -> None:
        # without a plan of its steps, which nobody executes
        run = create_run_for_test(self.instance, job, status=dg.DagsterRunStatus.STARTED)
        ends = self.now + timedelta(minutes=MINUTES[name])
        self.running.append(Running(run, name, ends))

    def _tick(self, source: str) -> None:
        schedule = self.repository.get_schedule_def(f"{source}_schedule")
        with dg.build_schedule_context(self.instance, self.now) as context:
            told = schedule.evaluate_tick(context)
        if told.run_requests:
            assert source not in {each.name for each in self.running}
            self.loads.append((source, self.now))
            self._begin(job_name(LOADS[source]), source)
        else:
            assert told.skip_message
            self.skipped.append(told.skip_message)

    def _look(self) -> None:
        sensor = self.repository.get_sensor_def("build_when_due")
        with dg.build_sensor_context(self.instance, repository_def=self.repository) as context:
            told = sensor.evaluate_tick(context)
        if told.run_requests:
            assert BUILD not in {each.name for each in self.running}
            self.builds.append((self.now, told.run_requests[0].tags["kette/because"]))
            self._begin(BUILD, BUILD)
            due.begun()
            for row in self.came.keys() - self.read.keys():
                self.read[row] = self.now
        else:
            assert told.skip_message
            self.skipped.append(told.skip_message)


@pytest.fixture
def world(repository: dg.RepositoryDefinition, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for variables in ON.values():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("KETTE_BUILD_EVERY_MINUTES", str(EVERY))
    # in memory: nobody else asks it
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(repository, instance, monkeypatch)


# a day of ticks; what each tick does is tried below
@pytest.mark.proof
def test_a_day_on_which_something_new_comes_all_the_time(world: World) -> None:
    world.live(DAY + timedelta(days=1), dict.fromkeys(ON, True))

    begun = [moment for moment, _why in world.builds]
    # at most one an hour, for all that came in meanwhile
    assert 12 <= len(begun) <= 24
    assert all(later - earlier >= timedelta(minutes=EVERY) for earlier, later in pairwise(begun))
    # nothing is lost: what came is read by a build that begins within two intervals
    settled = {row for row, came in world.came.items() if came < begun[-1]}
    assert settled <= world.read.keys()
    assert all(world.read[row] - world.came[row] <= timedelta(minutes=2 * EVERY) for row in settled)
    # sources are loaded beside each other and beside a build; the queue does not grow
    assert world.together >= 3
    assert world.together <= len(ON) + 1
    assert sum(source == "hubspot" for source, _ in world.loads) == 24
    assert any("tawk is not loaded again yet: run " in reason for reason in world.skipped)
    assert any("KETTE_BUILD_EVERY_MINUTES is 60" in reason for reason in world.skipped)


def test_loads_that_bring_nothing_new_build_nothing_and_a_new_day_builds_once(
    world: World,
) -> None:
    world.live(DAY + timedelta(hours=2), dict.fromkeys(ON, True))
    before = len(world.builds)
    world.live(DAY + timedelta(hours=6), dict.fromkeys(ON, False))
    # what came last is built, and then nothing
    assert len(world.builds) <= before + 1
    assert any("nothing new came since the build of" in reason for reason in world.skipped)
    before, loads = len(world.builds), len(world.loads)
    world.now = DAY + timedelta(hours=22)
    world.live(DAY + timedelta(hours=26), dict.fromkeys(ON, False))
    ((moment, why),) = world.builds[before:]
    assert (moment, why) == (DAY + timedelta(days=1), "it is 2026-03-03")
    assert len(world.loads) > loads + 4


def test_before_anything_was_loaded_nothing_is_built(world: World) -> None:
    world.live(DAY + timedelta(minutes=10), dict.fromkeys(ON, False))
    assert world.builds == []
    assert "nothing was loaded yet" in world.skipped


def test_while_a_run_is_under_way_in_another_shell_schedules_wait_and_say_for_whom(
    world: World,
) -> None:
    locks.call_me("kette run")
    try:
        world._loaded("tawk", rows=1)
        with locks.run_lock():
            world.live(DAY + timedelta(hours=1), dict.fromkeys(ON, True))
        assert world.loads == []
        assert world.builds == []
        assert any(
            "hubspot is not loaded again yet: kette run (pid " in each for each in world.skipped
        )
        assert any("builds at its end" in each for each in world.skipped)
        world.live(DAY + timedelta(hours=2), dict.fromkeys(ON, True))
        assert world.loads
        assert world.builds
    finally:
        locks.call_me("")


def test_a_build_that_was_killed_is_made_up_for(world: World) -> None:
    from orchestration import records

    world.live(DAY + timedelta(hours=1), dict.fromkeys(ON, True))
    world.live(DAY + timedelta(hours=3), dict.fromkeys(ON, False))
    records.build_started()
    assert due.build() == due.Due(is_due=True, reason="the last build did not come to its end")


def test_what_people_decide_about_identities_is_built(world: World) -> None:
    due.begun()
    before = content.now()
    with store.begin() as connection:
        pair = dict.fromkeys(tables.PAIR, "x")
        connection.execute(
            sa.insert(tables.identity_decisions).values(
                **pair, action="join", why="-", decided_by="Ana", decided_at=store.now()
            )
        )
    assert content.now() != before
    world.now += timedelta(minutes=EVERY)
    assert due.build().reason == "new: decisions about identities"
