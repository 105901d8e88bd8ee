"""What is said of each candidate for retention, in the reader's language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dashboards.components import names
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, labelled, t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECONDS = {"minutes": 60, "hours": 3600, "days": 86400}
# a bound below this is no hurdle: many things go along with leaving so strongly
WEAK = 1.25
# a difference that so many accounts would not show is none in practice
ENDLESS = 100_000


def label(path: str, row: Mapping[str, Any]) -> str:
    """Return the name of a candidate, with its value where it is one of a category."""
    name = labelled(row)
    return f"{name}: {_level(path, row)}" if row["feature_level"] else name


def sides(path: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """Return in words who stays more and who stays less."""
    said = [
        labelled(row, side).replace("{cut}", _cut(row)).replace("{level}", _level(path, row))
        for side in ("good", "bad")
    ]
    return (said[1], said[0]) if (row["effect"] or 0) < 0 else (said[0], said[1])


def found(
    path: str, row: Mapping[str, Any], currency: str | None, others: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield sentences of Markdown: size, certainty, what it is worth, and what to do.

    Args:
        path: The publication.
        row: A finding that stands out from chance.
        currency: Of amounts of money.
        others: All findings, for the names of those it cannot be told apart from.
    """
    more, fewer = sides(path, row)
    low, high = _ends(row)
    days = formats.number(row["horizon_days"])
    yield t(
        "drivers.size",
        more=_clause(literal(more)),
        fewer=literal(fewer),
        points=_points(abs(row["effect"])),
        days=days,
    )
    sign = -1 if row["effect"] < 0 else 1
    plain = formats.points(sign * row["unadjusted_effect"])
    yield t("drivers.sure", low=_points(low), high=_points(high), plain=plain)
    bound = row["e_value_limit"]
    if bound < WEAK:
        yield t("drivers.hidden.weak")
    else:
        yield t("drivers.hidden", bound=formats.number(bound, 1))
    yield _reach(row, fewer, currency, days)
    if row["alike_features"]:
        called = {labelled(other) for other in others if other["feature"] in row["alike_features"]}
        yield t("drivers.alike", names=literal(", ".join(sorted(called))))
    yield t(f"drivers.next.{row['feature_role']}")


def unsure(path: str, row: Mapping[str, Any]) -> str:
    """Return a sentence of Markdown on a candidate that may be chance."""
    more, fewer = sides(path, row)
    low, high = _ends(row)
    values = {
        "more": _clause(literal(more)),
        "fewer": literal(fewer),
        "points": _points(abs(row["effect"])),
        "low": _points(low),
        "high": _points(high),
    }
    if row["needed_account_count"] > ENDLESS:
        return t("drivers.unsure.endless", **values)
    return t(
        "drivers.unsure.text",
        account_count=formats.number(row["account_count"]),
        needed=formats.number(_rounded(row["needed_account_count"])),
        **values,
    )


def refused(path: str, row: Mapping[str, Any]) -> str:
    """Return a line of Markdown on a candidate of which nothing can be said."""
    called = literal(label(path, row))
    if row["status"] == "no_overlap":
        return t("drivers.no_overlap", label=called)
    missing = row["missing_count"]
    return counted("drivers.missing", missing, label=called, missing=formats.number(missing))


def _reach(row: Mapping[str, Any], fewer: str, currency: str | None, days: str) -> str:
    count = row["reach_account_count"]
    if not count:
        return t("drivers.reach.none")
    values = {
        "n": formats.number(count),
        "fewer": literal(fewer),
        "mrr": formats.money(row["reach_mrr_amount"], currency),
    }
    if row["feature_role"] == "mediator":
        # who only shows a sign gains nothing by hiding it
        return counted("drivers.shows", count, **values)
    return counted(
        "drivers.reach",
        count,
        worth=formats.money(row["worth_mrr_amount"], currency),
        low=formats.money(row["worth_mrr_low_amount"], currency),
        high=formats.money(row["worth_mrr_high_amount"], currency),
        days=days,
        **values,
    )


def _ends(row: Mapping[str, Any]) -> tuple[float, float]:
    """Return the interval as seen from the side that stays more."""
    low, high = row["effect_low"], row["effect_high"]
    return (-high, -low) if row["effect"] < 0 else (low, high)


def _points(share: float) -> str:
    """Return accounts of a hundred."""
    return formats.number(100 * share, 1)


def _clause(phrase: str) -> str:
    """Return a phrase that a sentence goes on after: German closes what it opened by a comma."""
    return f"{phrase}," if "," in phrase else phrase


def _rounded(count: int) -> int:
    """Return a count with two digits that matter: it is an estimate."""
    step = 10 ** max(int(math.log10(max(count, 1))) - 1, 0)
    return int(math.ceil(count / step) * step)


def _cut(row: Mapping[str, Any]) -> str:
    cut = row["cut_value"]
    if cut is None:
        return ""
    if row["unit"] in SECONDS:
        return formats.duration(cut * SECONDS[row["unit"]])
    if row["unit"] == "percent":
        return formats.percent(cut)
    return formats.number(cut)


def _level(path: str, row: Mapping[str, Any]) -> str:
    level = row["feature_level"]
    return names.channel(path, level) if level else ""
