"""Whatever a vendor may legally send, the chain builds, its checks hold, and each record is accounted for.

Every field that a source's reader gives or a staging model reads takes every odd value, one record each
(`values`). A seed is drawn and printed; `--seed` repeats it.
"""

from __future__ import annotations

import random
import secrets
from typing import TYPE_CHECKING

import pytest

from ingestion.registry import REGISTRY
from tests.chain.build import Chain
from tests.conftest import isolated
from tests.hostile import world
from tests.hostile.company import Odd, let_in, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chain.project import Project
    from tests.hostile.world import Records

SOURCES = [load.source for load in REGISTRY]


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("seed") or secrets.randbelow(100_000)


@pytest.fixture(autouse=True)
def shown(seed: int) -> None:
    """Show the seed where a test fails."""
    print(f"--seed {seed}")  # noqa: T201


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Iterator[Records]:
    home = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in isolated(home / "home").items():
            monkeypatch.setenv(name, value)
        yield world.read(home, monkeypatch, seed=seed)


@pytest.fixture(scope="module")
def rendered() -> Project:
    return project()


def assert_builds(records: Records, rendered: Project) -> Chain:
    """Build all models on records that go through the gate; every check that blocks holds."""
    chain = Chain(rendered)
    counts = let_in(chain, records)
    assert counts["seen"] == counts["loaded"] + counts["deduped"] + counts["quarantined"]
    chain.seed()
    chain.build()
    assert chain.failing(warnings=False) == {}
    return chain


def odd(
    sound: Records, rendered: Project, seed: int, *, each: int | None, sources: list[str]
) -> Records:
    made = Odd(sound, rendered, seed=seed, each=each)
    return {
        (load.source, stream.name): list(made.records(load, stream))
        for load in REGISTRY
        for stream in load.streams
        if load.source in sources
    }


def test_odd_values_in_every_field_of_every_source(
    sound: Records, rendered: Project, seed: int
) -> None:
    chain = assert_builds(odd(sound, rendered, seed, each=3, sources=SOURCES), rendered)

    # what could not be read is told
    assert chain.ask("select count(distinct source) > 5 from marts.fct_unread_values")[0][0]


def test_some_sources_and_no_source_at_all(sound: Records, rendered: Project, seed: int) -> None:
    drawn = random.Random(seed)
    some = drawn.sample(SOURCES, drawn.randint(1, 4))
    print(some)  # noqa: T201
    assert_builds(odd(sound, rendered, seed, each=3, sources=some), rendered)
    assert_builds({}, rendered)


@pytest.mark.proof
def test_all_values_in_every_field(sound: Records, rendered: Project, seed: int) -> None:
    assert_builds(odd(sound, rendered, seed, each=None, sources=SOURCES), rendered)


@pytest.mark.proof
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_alone(sound: Records, rendered: Project, seed: int, source: str) -> None:
    assert_builds({key: rows for key, rows in sound.items() if key[0] == source}, rendered)
    assert_builds(odd(sound, rendered, seed, each=8, sources=[source]), rendered)


@pytest.mark.proof
@pytest.mark.parametrize("draw", range(12))
def test_random_sets_of_sources(sound: Records, rendered: Project, seed: int, draw: int) -> None:
    drawn = random.Random(seed + draw)
    some = drawn.sample(SOURCES, drawn.randint(2, len(SOURCES)))
    print(draw, some)  # noqa: T201
    assert_builds(odd(sound, rendered, seed + draw, each=5, sources=some), rendered)
