"""The public holidays of a country, on which nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import holidays
import pyarrow as pa

if TYPE_CHECKING:
    import datetime as dt

_SCHEMA = pa.schema([("holiday_date", pa.date32())])


def listed(years: pa.Table, *, country: str, subdivision: str = "") -> pa.Table:
    """Return the public holidays of the given years.

    Args:
        years: Column ``year_number``; null is no year.
        country: Its ISO code, such as ``DE``; empty for a company that closes on none.
        subdivision: The code of the state or region, such as ``BY``; empty for those of the whole country.

    Returns:
        Column ``holiday_date``, each day once and in order.

    Raises:
        NotImplementedError: No such country or subdivision is known.
    """
    wanted = {int(year) for year in years["year_number"].to_pylist() if year is not None}
    days: list[dt.date] = []
    if country and wanted:
        known = holidays.country_holidays(country, subdiv=subdivision or None, years=wanted)
        days = sorted(day for day in known if day.year in wanted)
    return pa.table({"holiday_date": days}, schema=_SCHEMA)
