"""The texts of the pages in German, a module for each part of the navigation."""

from __future__ import annotations

from dashboards.i18n.de import (
    accounts,
    drivers,
    explore,
    feedback,
    general,
    identity,
    insight,
    known,
    marketing,
    metrics,
    on_a_day,
    operations,
    origin,
    people,
    service,
    steps,
)
from dashboards.i18n.names import NAMES
from dashboards.i18n.writing import NO_BREAK, Language, Writing

TEXTS: dict[str, str] = (
    NAMES
    | general.TEXTS
    | insight.TEXTS
    | drivers.TEXTS
    | people.TEXTS
    | on_a_day.TEXTS
    | origin.TEXTS
    | identity.TEXTS
    | known.TEXTS
    | marketing.TEXTS
    | metrics.TEXTS
    | operations.TEXTS
    | steps.TEXTS
    | feedback.TEXTS
    | accounts.TEXTS
    | service.TEXTS
    | explore.TEXTS
)

LANGUAGE = Language(
    TEXTS,
    Writing(
        locale="de",
        points=f"{{}}{NO_BREAK}PP",
        hours="Std.",
        one_day="Tag",
        days="Tage",
        date="d. MMM y",
        axis_day="%d.%m.%Y",
        axis_moment="%d.%m. %H:%M",
        chart_date="%d.%m.%Y",
        chart_moment="%A, %e. %B %Y, %X",
    ),
)
