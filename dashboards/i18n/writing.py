"""What a language of the pages is: its texts, and how it writes numbers, amounts and days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Writing:
    """How a language writes numbers, amounts and days; what it does not say is as in English.

    Attributes:
        locale: What Babel knows of it: signs of numbers, places of currencies, names of months and days.
        points: A difference of two shares in percentage points.
        hours: What hours are called behind their number.
        one_day: What a day is called behind its number.
        days: What several days are called.
        date: A day with the short name of its month, in the patterns of CLDR.
        axis_day: A day on the axis of a chart, in the patterns of d3-time-format.
        axis_moment: A moment there.
        chart_date: A day in numbers alone, in the same patterns.
        chart_moment: A moment in full.
    """

    locale: str = "en"
    points: str = f"{{}}{NO_BREAK}pp"
    hours: str = "h"
    one_day: str = "day"
    days: str = "days"
    date: str = "d MMM y"
    axis_day: str = "%-d %b %Y"
    axis_moment: str = "%-d %b %H:%M"
    chart_date: str = "%m/%d/%Y"
    chart_moment: str = "%a %b %e %X %Y"


@dataclass(frozen=True)
class Language:
    """A language of the pages; a text that it does not have is shown in English."""

    texts: Mapping[str, str]
    writing: Writing = field(default_factory=Writing)
