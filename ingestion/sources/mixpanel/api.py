"""Mixpanel's settings, client and limits, and what a day is to a project."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt reads the annotations

from ingestion.errors import KetteError
from ingestion.http.auth import BasicAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.toolkit.source import SourceSettings

if TYPE_CHECKING:
    from datetime import datetime

UTC_MODE, PROJECT_MODE = "utc", "project"
HOUR = 3600


@configspec
class MixpanelSettings(SourceSettings):
    """Settings of Mixpanel; see .dlt/config.toml and .env.example."""

    base_url: str = ""
    query_base_url: str = ""
    project_id: int | None = None
    service_account_username: str | None = None
    service_account_secret: TSecretStrValue | None = None
    # whether the project counts days and times in UTC (made since 2023) or by its own clocks
    time_mode: str = UTC_MODE
    time_zone: str = "UTC"
    start_date: date | None = None
    lookback_days: int = 7

    def check(self) -> None:
        """Refuse values of the wrong form."""
        if self.time_mode not in {UTC_MODE, PROJECT_MODE}:
            raise KetteError(
                f"{self.time_mode!r} is no time mode",
                where="SOURCES__MIXPANEL__TIME_MODE",
                fix=f"Set {UTC_MODE} or {PROJECT_MODE}",
            )
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise KetteError(
                f"{self.time_zone!r} is no time zone",
                where="SOURCES__MIXPANEL__TIME_ZONE",
                fix="Write it as in Europe/Berlin",
            ) from None
        if self.lookback_days < 0:
            raise KetteError(
                "it cannot be negative", where="SOURCES__MIXPANEL__LOOKBACK_DAYS", fix="Set e.g. 7"
            )

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the zone of the project's wall clock; None where it counts in UTC."""
        return ZoneInfo(self.time_zone) if self.time_mode == PROJECT_MODE else None


def connect(settings: MixpanelSettings) -> Client:
    """Return the client of a run; the limits are the project's, whoever uses them up."""
    project = f"mixpanel/{settings.project_id}"
    return Client(
        "mixpanel",
        settings.base_url,
        BasicAuth(settings.service_account_username, settings.service_account_secret),
        budgets=(
            Budget(60, HOUR, f"{project}/export", only="/export"),
            Budget(3, 1, f"{project}/export/second", only="/export"),
            Budget(60, HOUR, f"{project}/query", only="/engage"),
        ),
        # the first byte of a large export takes its time
        timeout=300,
    )


def project_today(settings: MixpanelSettings, now: datetime) -> date:
    """Return the day that the project's clocks show."""
    return now.astimezone(settings.zone or UTC).date()


def last_complete_day(settings: MixpanelSettings, now: datetime) -> date:
    """Return the last day to which nothing but late events can come."""
    return project_today(settings, now) - timedelta(days=1)
