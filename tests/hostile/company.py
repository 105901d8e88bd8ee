"""A company whose records are odd, one field each, and the chain built on them."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from ingestion.loading import warehouse
from ingestion.loading.gate import Gate
from ingestion.registry import REGISTRY
from ingestion.toolkit.source import Chapter
from tests.chain.project import Project
from tests.hostile.fields import changed, own_key, places, read_paths, with_key
from tests.hostile.values import IN_COLUMNS, IN_JSON
from tests.hostile.world import DECIDED, UNTIL, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ingestion.toolkit.source import Load, Stream
    from tests.chain.build import Chain
    from tests.hostile.fields import Path as Place
    from tests.hostile.world import Records

LOAD_ID = "1767225600.0"


def project() -> Project:
    """Return the models as of the company's today, each made once: a view would hide what it holds."""
    rendered = Project({"as_of": UNTIL.isoformat()})
    for node in rendered.models.values():
        if node.materialized == "view":
            node.materialized = "table"
    return rendered


class Odd:
    """Makes odd records of sound ones.

    Args:
        sound: A company's records.
        rendered: The models, whose SQL names the fields.
        seed: What is drawn where not all values are taken.
        each: How many values of a field are taken; None takes all.
    """

    def __init__(
        self, sound: Records, rendered: Project, *, seed: int, each: int | None = None
    ) -> None:
        self._sound, self._paths = sound, read_paths(rendered)
        self._random, self._each = random.Random(seed), each

    def records(self, load: Load, stream: Stream) -> Iterator[dict[str, Any]]:
        """Yield a stream's sound records, and of them one for each field and value."""
        paths = self._paths[load.source, stream.name]
        sound = self._sound.get((load.source, stream.name)) or [written(load, stream, paths)]
        yield from sound
        for number, (column, path, value) in enumerate(self._changes(load, stream, sound, paths)):
            base = self._random.choice(sound)
            is_key = not path and column == own_key(stream)
            if is_key and isinstance(value, str | int) and str(value).strip():
                # ids of two sources are not the same by chance
                value = f"{value} {load.source} {stream.name}"  # noqa: PLW2901
            odd = base if is_key else with_key(stream, base, number + 1)
            yield changed(odd, column, path, value)

    def _changes(
        self, load: Load, stream: Stream, sound: list[dict[str, Any]], paths: set[Place]
    ) -> Iterator[tuple[str, Place, Any]]:
        """Yield every place of a record with each of the values that are drawn for it."""
        for column, kind in stream.columns.items():
            if (load.source, column) not in DECIDED:
                for value in self._drawn(IN_COLUMNS[kind]):
                    yield column, (), value
            if kind != "json":
                continue
            seen = {path for row in sound for path in places(row[column])}
            for path in sorted(paths | seen, key=str):
                if (load.source, stream.name, *path) not in DECIDED:
                    for value in self._drawn(IN_JSON):
                        yield column, path, value

    def _drawn(self, values: Iterable[Any]) -> list[Any]:
        values = list(values)
        if self._each is None or self._each >= len(values):
            return values
        return self._random.sample(values, self._each)


def let_in(
    chain: Chain, records: Mapping[tuple[str, str], Iterable[dict[str, Any]]]
) -> Counter[str]:
    """Put records into raw tables through the gate; return what became of them."""
    warehouse.prepare(chain.connection, REGISTRY)
    counts: Counter[str] = Counter()
    for load in REGISTRY:
        for stream in load.streams:
            given = list(records.get((load.source, stream.name), ()))
            if given:
                counts += _through_the_gate(chain, load, stream, given)
    return counts


def _through_the_gate(
    chain: Chain, load: Load, stream: Stream, given: list[dict[str, Any]]
) -> Counter[str]:
    chapter = Chapter()
    keys = ", ".join(f'"{name}"' for name in stream.primary_key)
    for table in Gate(stream).tables(iter([given]), lambda: chapter, LOAD_ID):
        chain.connection.register("incoming", table)
        chain.connection.execute(
            f"insert into {warehouse.table(load, stream)} by name from incoming "
            f"qualify row_number() over (partition by {keys} order by _dlt_id desc) = 1"
        )
        chain.connection.unregister("incoming")
    assert chapter.seen == len(given)
    assert len(list(chapter.rejects)) == chapter.quarantined
    return Counter(
        seen=chapter.seen,
        quarantined=chapter.quarantined,
        deduped=chapter.deduped,
        loaded=chapter.passed,
    )
