"""Worlds in which it is known what keeps accounts: drawn, asked, and set beside the truth.

An account has a size, which decides with whom it is served well and whether it stays. Causes are drawn given
the size; in some worlds one cause works through another, its mediator. The true effect of a cause is what
the same accounts would do on either side, averaged over a population a hundred times as large.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from scipy import special

from orchestration.insight.drivers import effects, ranking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

KINDS = ("null", "weak", "strong", "confounded", "mediated", "mixed")
SIZES = (0.58, 0.29, 0.13)
POPULATION = 40_000
NOISE = 6


@dataclass(frozen=True)
class Cause:
    """A cause: how it depends on size and on another cause, and what it does to the odds of leaving."""

    name: str
    odds: float
    by_size: float = 0.0
    through: str | None = None
    is_number: bool = False


@dataclass
class Planted:
    """A kind of world with its strengths."""

    kind: str
    accounts: int
    base: float
    causes: list[Cause]
    size_odds: float
    truth: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What was said of a candidate in one world, and what is true."""

    kind: str
    feature: str
    truth: float
    answer: dict[str, Any]
    naive: tuple[float, float, float, float]  # value, low, high, p


def draw(kind: str, rng: np.random.Generator) -> Planted:
    """Draw the strengths of a world of a kind."""
    accounts = int(rng.choice([150, 400, 800, 1600]))
    base = float(rng.uniform(-2.4, -1.6))
    strong = float(rng.uniform(0.8, 1.4))
    sized = float(rng.uniform(0.8, 1.4))
    none = [Cause(f"noise_{n}", 0.0, is_number=bool(n % 2)) for n in range(NOISE)]
    if kind == "null":
        causes, size_odds = [Cause("one", 0.0), Cause("two", 0.0, is_number=True)], 0.0
    elif kind == "weak":
        causes, size_odds = [Cause("one", -0.3), Cause("two", -0.2, is_number=True)], -0.2
    elif kind == "strong":
        causes = [
            Cause("one", -strong),
            Cause("two", -0.7 * strong, is_number=True),
            Cause("three", -0.8 * strong),
        ]
        size_odds = -0.2
    elif kind == "confounded":
        # served well because large, and staying because large: nothing else
        causes, size_odds = (
            [Cause("one", 0.0, sized), Cause("two", 0.0, sized, is_number=True)],
            -0.8,
        )
    elif kind == "mediated":
        causes = [Cause("one", -0.2, 0.4), Cause("use", -strong, 0.0, through="one")]
        size_odds = -0.4
    else:
        causes = [
            Cause("one", -strong, sized),
            Cause("two", -0.6 * strong, 0.5, is_number=True),
            Cause("three", 0.0, sized),
            Cause("four", -0.9 * strong),
            Cause("use", -0.3, 0.0, through="one"),
        ]
        size_odds = -0.6
    planted = Planted(kind, accounts, base, causes + none, size_odds)
    planted.truth = _truth(planted, rng)
    return planted


def declared(planted: Planted) -> pa.Table:
    """Return the lines of the seed for a world."""
    lines = [
        {
            "feature": cause.name,
            "kind": "number" if cause.is_number else "yes_no",
            "role": "mediator" if cause.through else "driver",
            "better": "higher",
            "threshold": None,
        }
        for cause in planted.causes
    ]
    lines.append({**lines[0], "feature": "size", "kind": "number", "role": "confounder"})
    return pa.Table.from_pylist(lines)


def features(planted: Planted, rng: np.random.Generator) -> pa.Table:
    """Draw the accounts of a world, each looked at up to three times, as the ranking reads them."""
    count = planted.accounts
    size = rng.choice(3, count, p=SIZES)
    mood = rng.normal(scale=0.4, size=count)
    alive = np.ones(count, dtype=bool)
    parts = []
    for number in range(3):
        who = np.flatnonzero(alive)
        values = _values(planted, size[who], rng)
        left = rng.random(len(who)) < _leaves(planted, size[who], values, mood[who])
        parts.append((who, np.full(len(who), number), ~left, values))
        # a third of those who stay are too young to be looked at again
        alive[who[left | (rng.random(len(who)) < 1 / 3)]] = False
    who, numbers, stayed = (np.concatenate([part[place] for part in parts]) for place in range(3))
    columns: dict[str, Any] = {
        "landmark_id": [f"{one:05}|{number}" for one, number in zip(who, numbers, strict=True)],
        "account_id": [f"{one:05}" for one in who],
        "is_current": np.zeros(len(who), dtype=bool),
        "is_retained": stayed,
        "mrr_amount": [Decimal(100)] * len(who),
        "size": size[who].astype(float),
    }
    for cause in planted.causes:
        column = np.concatenate([part[3][cause.name] for part in parts])
        columns[cause.name] = column if cause.is_number else column.astype(bool)
    return pa.table(columns)


def asked(planted: Planted, rng: np.random.Generator) -> Iterator[Asked]:
    """Draw a world and yield what is said of each candidate."""
    table = features(planted, rng)
    stayed = np.asarray(table.column("is_retained"))
    for answer in ranking.ranked(table, declared(planted), []).to_pylist():
        values = np.asarray(table.column(answer["feature"]))
        good = values > answer["cut_value"] if answer["cut_value"] is not None else values
        yield Asked(
            planted.kind,
            answer["feature"],
            planted.truth[answer["feature"]],
            answer,
            naive(stayed, good),
        )


def naive(stayed: NDArray[np.bool_], good: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Return the plain difference with the usual interval and p: what most dashboards would show."""
    value, p_value = effects.unadjusted(stayed, good)
    spread = [stayed[side].var() / max(side.sum(), 1) for side in (good, ~good)]
    reach = 1.959964 * float(np.sqrt(sum(spread)))
    return value, value - reach, value + reach, p_value


def _values(
    planted: Planted, size: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    values: dict[str, NDArray[np.float64]] = {}
    for cause in planted.causes:
        push = cause.by_size * (size - 0.55)
        if cause.through:
            push = push + 1.6 * (values[cause.through] - 0.5)
        if cause.is_number:
            values[cause.name] = rng.normal(size=len(size)) + 0.6 * push
        else:
            values[cause.name] = (rng.random(len(size)) < special.expit(push)).astype(float)
    return values


def _leaves(
    planted: Planted,
    size: NDArray[np.int64],
    values: dict[str, NDArray[np.float64]],
    mood: NDArray[np.float64],
) -> NDArray[np.float64]:
    odds = planted.base + planted.size_odds * (size - 0.55) + mood
    for cause in planted.causes:
        odds = odds + cause.odds * (values[cause.name] - (0 if cause.is_number else 0.5))
    return np.asarray(special.expit(odds))


def _truth(planted: Planted, rng: np.random.Generator) -> dict[str, float]:
    """Return the true effect of each cause: the same accounts on the one side and on the other."""
    size = rng.choice(3, POPULATION, p=SIZES)
    mood = rng.normal(scale=0.4, size=POPULATION)
    values = _values(planted, size, rng)
    found = {}
    for cause in planted.causes:
        if not cause.odds and not any(
            other.through == cause.name and other.odds for other in planted.causes
        ):
            found[cause.name] = 0.0
            continue
        column = values[cause.name]
        good = column > (np.median(column) if cause.is_number else 0.5)
        sides = [
            _leaves(planted, size, _moved(planted, cause, good == side, size, values, rng), mood)
            for side in (True, False)
        ]
        found[cause.name] = float(sides[1].mean() - sides[0].mean())
    return found


def _moved(
    planted: Planted,
    cause: Cause,
    donors: NDArray[np.bool_],
    size: NDArray[np.int64],
    values: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Return the values had all been on one side: as those are who are alike and on it."""
    moved = dict(values)
    column = values[cause.name].copy()
    above = values[cause.through] if cause.through else np.zeros(len(size))
    for group in np.unique(np.stack([size, above], axis=1), axis=0):
        same = (size == group[0]) & (above == group[1])
        column[same] = rng.choice(values[cause.name][same & donors], int(same.sum()))
    moved[cause.name] = column
    for other in planted.causes:
        if other.through == cause.name:
            push = 1.6 * (column - 0.5) + other.by_size * (size - 0.55)
            moved[other.name] = (rng.random(len(size)) < special.expit(push)).astype(float)
    return moved
