"""How customers feel along the journey: scores and the mood of their words by step, silent ones marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.components import figures, names, tables
from dashboards.components.markup import Markup, literal
from dashboards.i18n import formats, t
from dashboards.queries import journey, metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.components.filters import Period
    from dashboards.queries.metrics import Metric
    from explore.metrics import Figure

# on a phone all columns must fit: short names
METRICS = {
    "step_nps": "nps",
    "step_csat_rate": "csat",
    "step_ces_mean": "ces",
    "step_sentiment_mean": "mood",
}


def along_the_journey(path: str, catalogue: Mapping[str, Metric], period: Period) -> None:
    """Show one row for each step in order; a step of which nothing is known is called silent."""
    found = {
        name: {
            answer.slice["journey_step"]: answer.figure
            for answer in metrics.by_slice(
                path, name, ("journey_step",), period.first, period.last, whole_period=True
            )
        }
        for name in METRICS
        if "journey_step" in metrics.dimensions(path, name)
    }
    rows = []
    for step in journey.steps(path):
        code = step["journey_step"]
        told = {name: figures_of.get(code) for name, figures_of in found.items()}
        is_silent = all(figure is None or figure.has_too_few for figure in told.values())
        name = literal(names.step(path, code))
        rows.append(
            {
                t("metrics.by.journey_step"): Markup(
                    f"{name} {tables.neutral(t('feedback.steps.silent'))}" if is_silent else name
                ),
                **{
                    t(f"feedback.steps.{METRICS[name]}"): _cell(catalogue[name], figure)
                    for name, figure in told.items()
                },
            }
        )
    tables.plain(rows if found else [], text=t("feedback.steps"), empty=t("feedback.none"))


def _cell(metric: Metric, figure: Figure | None) -> str | Markup:
    if figure is None:
        return formats.NONE
    if figure.has_too_few:
        return t("metrics.too_few")
    value = figures.write(metric, figure.value, None)
    cases = formats.number(figure.sample_size)
    if figure.interval is None:
        return t("metrics.cell", value=value, n=cases)
    low, high = (figures.write(metric, bound, None) for bound in figure.interval)
    return t("feedback.steps.cell", value=value, low=low, high=high, n=cases)
