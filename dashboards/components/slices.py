"""Figures by slice: as lines over months, as a table or a map of two dimensions, as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.components import figures, names, tables
from dashboards.i18n import formats, name_of, t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dashboards.queries.metrics import Metric
    from explore.metrics import Answer, Figure


def called(path: str, dimension: str, code: str) -> str:
    """Return what a slice is called in the reader's language."""
    if code in {"unmapped", "unknown"}:
        return t(f"metrics.{code}")
    if dimension == "channel":
        return names.channel(path, code)
    if dimension == "journey_step":
        return names.step(path, code)
    if dimension == "journey_phase":
        return names.phase(path, code)
    return name_of("persona", code)


def over_time(
    path: str, answers: Sequence[Answer], metric: Metric, currency: str | None, as_of: date
) -> list[dict[str, Any]]:
    """Return the points of a chart; shares and means of too few cases are left out."""
    return [
        {
            "month": formats.month(figure.period_start),
            "series": _name(path, answer) or figures.label(metric),
            "value": figure.value,
            "low": figure.interval[0] if figure.interval else None,
            "high": figure.interval[1] if figure.interval else None,
            "shown": figures.write(metric, figure.value, currency),
            "cases": formats.number(figure.sample_size),
            "is_ripe": figure.is_ripe(as_of),
        }
        for answer in answers
        if (figure := answer.figure).value is not None and not figure.has_too_few
    ]


def table(
    path: str,
    answers: Sequence[Answer],
    metric: Metric,
    currency: str | None,
    as_of: date,
    *,
    text: str,
    listed: bool = False,
) -> None:
    """Show one row for each slice, or a map where there are two dimensions.

    Args:
        path: The published file.
        answers: One for each slice.
        metric: Its line in the catalogue.
        currency: Of amounts of money.
        as_of: The day by which a figure is ripe or not.
        text: What the table shows, for those who cannot see it.
        listed: Whether two dimensions are listed as well.
    """
    dimensions = list(answers[0].slice) if answers else []
    if len(dimensions) == 2 and not listed:  # noqa: PLR2004 - rows and columns
        rows = _map(path, answers, metric, currency)
    else:
        rows = [
            {
                **{
                    t(f"metrics.by.{name}"): called(path, name, code)
                    for name, code in slice_.items()
                },
                t("metrics.value"): _value(figure, metric, currency),
                t("metrics.interval"): _between(figure, metric, currency),
                t("metrics.cases"): _cases(figure),
                t("metrics.state"): "" if figure.is_ripe(as_of) else t("metrics.open"),
            }
            for slice_, figure in answers
        ]
    tables.plain(rows, text=text, empty=t("metrics.few"))


def records(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Return the rows of a file: months and codes, values as numbers; of too few cases none."""
    found = []
    for slice_, figure in answers:
        low, high = figure.interval or (None, None)
        is_told = not figure.has_too_few
        found.append(
            {
                "month": figure.period_start.isoformat(),
                **slice_,
                "value": figure.value if is_told else None,
                "low": low if is_told else None,
                "high": high if is_told else None,
                "n": figure.sample_size,
            }
        )
    return found


def _map(
    path: str, answers: Sequence[Answer], metric: Metric, currency: str | None
) -> list[dict[str, str]]:
    first, second = answers[0].slice
    columns = dict.fromkeys(sorted(answer.slice[second] for answer in answers))
    cells = {(answer.slice[first], answer.slice[second]): answer.figure for answer in answers}
    return [
        {
            t(f"metrics.by.{first}"): called(path, first, row),
            **{
                called(path, second, column): _cell(cells.get((row, column)), metric, currency)
                for column in columns
            },
        }
        for row in dict.fromkeys(answer.slice[first] for answer in answers)
    ]


def _cell(figure: Figure | None, metric: Metric, currency: str | None) -> str:
    if figure is None:
        return formats.NONE
    value = _value(figure, metric, currency)
    # a count is its own number of cases
    if figure.denominator is None and metric.unit == "count":
        return value
    return t("metrics.cell", value=value, n=_cases(figure))


def _name(path: str, answer: Answer) -> str:
    return " · ".join(called(path, name, code) for name, code in answer.slice.items())


def _value(figure: Figure, metric: Metric, currency: str | None) -> str:
    if figure.has_too_few:
        return t("metrics.too_few")
    return figures.write(metric, figure.value, currency)


def _between(figure: Figure, metric: Metric, currency: str | None) -> str:
    if figure.has_too_few or figure.interval is None:
        return ""
    low, high = (figures.write(metric, bound, currency) for bound in figure.interval)
    return f"{low} – {high}"


def _cases(figure: Figure) -> str:
    cases = formats.number(figure.sample_size)
    if figure.population_size is None or figure.population_size == figure.sample_size:
        return cases
    return t("metrics.cases.of", n=cases, all=formats.number(figure.population_size))
