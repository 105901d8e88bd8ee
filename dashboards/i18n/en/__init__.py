"""The texts of the pages in English, a module for each part of the navigation."""

from __future__ import annotations

from dashboards.i18n.en import (
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
from dashboards.i18n.writing import Language

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

LANGUAGE = Language(TEXTS)
