"""Settings: the only reader of the environment, and of which sources are on.

Two families of variables exist. ``KETTE_<THING>`` are ours (listed in ``KNOWN`` and in
``.env.example``); ``SOURCES__<SOURCE>__<FIELD>`` belong to dlt, which resolves them from the
environment, ``.dlt/secrets.toml`` and ``.dlt/config.toml`` into each source's own settings class.
A ``.env`` file in the checkout is read first and never overrides a variable that is already set.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import string
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import dotenv

from ingestion import private
from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHECKOUT = Path(__file__).resolve().parent.parent

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")

KNOWN = (
    "KETTE_HOME",
    "KETTE_WAREHOUSE",
    "KETTE_CONTROL_URL",
    "KETTE_DAGSTER_URL",
    "KETTE_WEBHOOK_PORT",
    "KETTE_DASHBOARD_PORT",
    "KETTE_DAGSTER_PORT",
    "KETTE_SANDBOX_PORT",
    "KETTE_BUILD_EVERY_MINUTES",
    "KETTE_KEEP_RUNS",
    "KETTE_DECIDE_ON_PAGES",
    "KETTE_SUPPRESSION_KEY",
    "KETTE_PUBLIC_HOSTS",
    "KETTE_SANDBOX_ONLY",
    "KETTE_TIME_ZONE",
    "KETTE_TODAY",
    "KETTE_EARLIEST",
    "KETTE_DAYS_AHEAD",
    "KETTE_DEMO",
    "KETTE_REAL_DATA",
    "KETTE_REQUIRE_BROWSER",
    "KETTE_REQUIRE_POSTGRES",
)

# the scheme SQLAlchemy takes for psycopg2, and those that people write
POSTGRES = ("postgresql+psycopg2", "postgresql", "postgres")


@dataclass(frozen=True)
class Settings:
    """Where everything lives and which ports are used; paths are absolute."""

    home: Path
    warehouse: Path
    control_url: str
    dagster_url: str
    webhook_port: int
    dashboard_port: int
    dagster_port: int
    sandbox_port: int
    sandbox_only: tuple[str, ...]
    time_zone: str
    fixed_today: date | None
    # what happened lies from then on, and no further ahead than so many days
    earliest: date
    days_ahead: int
    is_demo: bool
    may_decide_on_pages: bool
    suppression_key: str
    public_hosts: tuple[str, ...]
    build_every_minutes: int
    keep_runs: int

    @property
    def serving(self) -> Path:
        """Folder of the published, read-only copies."""
        return self.home / "serving"

    @property
    def sandbox(self) -> Path:
        """Folder of the simulated company."""
        return self.home / "sandbox"

    @property
    def dlt_home(self) -> Path:
        """Working folder of the dlt pipelines."""
        return self.home / "dlt"

    @property
    def dagster_home(self) -> Path:
        """Folder of the Dagster instance."""
        return self.home / "dagster"

    @property
    def dbt_home(self) -> Path:
        """Folder of dbt's manifest, compiled files and logs."""
        return self.home / "dbt"

    @property
    def locks(self) -> Path:
        """Folder of the lock files."""
        return self.home / "locks"

    def today(self) -> date:
        """Return the day that counts as today, in UTC: ``KETTE_TODAY`` or the real one."""
        return self.fixed_today or datetime.now(UTC).date()

    def now(self) -> datetime:
        """Return the present moment in UTC; midnight of ``KETTE_TODAY`` where that is set."""
        if self.fixed_today is None:
            return datetime.now(UTC)
        return datetime.combine(self.fixed_today, datetime.min.time(), tzinfo=UTC)


def _load_env_file() -> None:
    if os.environ.get("KETTE_ENV_FILE", "") != "none":
        dotenv.load_dotenv(CHECKOUT / ".env", override=False)


def _port(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise KetteError(
            f"{text!r} is no port number", where=name, fix="Set a number from 1 to 65535"
        )
    return int(text)


def _hosts(name: str) -> tuple[str, ...]:
    found = tuple(os.environ.get(name, "").lower().replace(",", " ").split())
    for host in found:
        if not _HOST.fullmatch(host):
            raise KetteError(
                f"{host!r} is no name of a host",
                where=name,
                fix="Write names alone, with commas: kette.example.com",
            )
    return found


def _date(name: str) -> date | None:
    text = os.environ.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise KetteError(f"{text!r} is no date", where=name, fix="Write it as YYYY-MM-DD") from None


def _number(name: str, default: int, least: int, most: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        raise KetteError(
            f"{text!r} is no number that it may be",
            where=name,
            fix=f"Set a whole number from {least} to {most}",
        )
    return int(text)


def _path(name: str, default: Path) -> Path:
    """Return a path; one that is relative begins at the checkout, wherever a command is typed."""
    return CHECKOUT / Path(os.environ.get(name) or default).expanduser()


def _time_zone() -> str:
    name = os.environ.get("KETTE_TIME_ZONE") or "Europe/Berlin"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        raise KetteError(
            f"{name!r} is no time zone",
            where="KETTE_TIME_ZONE",
            fix=f"Did you mean {near[0]}?" if near else "Write it as Europe/Berlin",
        ) from None


def control_address(url: str) -> str:
    """Return the address of a control store as SQLAlchemy takes it.

    Raises:
        KetteError: It is none.
    """
    kind, _, place = url.partition("://")
    if kind == "sqlite" and len(place) > 1:
        # a relative file begins at the checkout, as every path does
        return f"sqlite:///{CHECKOUT / place.removeprefix('/')}"
    if kind in POSTGRES and place:
        return f"{POSTGRES[0]}://{place}"
    raise KetteError(
        "it is no address of a database that can hold the control store",
        where="KETTE_CONTROL_URL",
        fix="Write it as postgresql://user:password@host:5432/database, or leave it out",
    )


def settings() -> Settings:
    """Read the settings afresh from the environment and ``.env``.

    Raises:
        KetteError: A value has the wrong form.
    """
    _load_env_file()
    env = os.environ
    home = _path("KETTE_HOME", CHECKOUT / "data")
    warehouse = _path("KETTE_WAREHOUSE", home / "warehouse.duckdb")
    control_url = control_address(
        env.get("KETTE_CONTROL_URL") or f"sqlite:///{home / 'control.db'}"
    )
    store = control_url.partition("sqlite:///")[2]
    private.keep(home, warehouse, *([Path(store)] if store else []))
    return Settings(
        home=home,
        warehouse=warehouse,
        control_url=control_url,
        dagster_url=env.get("KETTE_DAGSTER_URL", ""),
        webhook_port=_port("KETTE_WEBHOOK_PORT", 8600),
        dashboard_port=_port("KETTE_DASHBOARD_PORT", 8501),
        dagster_port=_port("KETTE_DAGSTER_PORT", 3000),
        sandbox_port=_port("KETTE_SANDBOX_PORT", 8700),
        sandbox_only=tuple(env.get("KETTE_SANDBOX_ONLY", "").replace(",", " ").split()),
        time_zone=_time_zone(),
        fixed_today=_date("KETTE_TODAY"),
        earliest=_date("KETTE_EARLIEST") or date(1990, 1, 1),
        days_ahead=_number("KETTE_DAYS_AHEAD", 7, 0, 3650),
        is_demo=env.get("KETTE_DEMO", "") == "1",
        may_decide_on_pages=env.get("KETTE_DECIDE_ON_PAGES", "1") != "0",
        suppression_key=env.get("KETTE_SUPPRESSION_KEY", ""),
        public_hosts=_hosts("KETTE_PUBLIC_HOSTS"),
        build_every_minutes=_number("KETTE_BUILD_EVERY_MINUTES", 60, 1, 1440),
        keep_runs=_number("KETTE_KEEP_RUNS", 30, 1, 100_000),
    )


def export(variables: Mapping[str, str]) -> None:
    """Set variables for this process and its children (demo mode points the sources this way)."""
    os.environ.update(variables)


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child process, with ``extra`` on top."""
    _load_env_file()
    return {**os.environ, **(extra or {})}


def substitute(text: str) -> str:
    """Replace ``${KETTE_…}`` in a mapping file's path by the variable's value.

    Raises:
        KetteError: The text names a variable that is not set.
    """
    values = {name: value for name, value in os.environ.items() if name.startswith("KETTE_")}
    try:
        return string.Template(text).substitute(values)
    except (KeyError, ValueError) as error:
        raise KetteError(
            f"variable {error} in {text!r} is not set", fix="Set it, or write the path out"
        ) from None


def source_variables() -> dict[str, str]:
    """Return every non-empty ``SOURCES__…`` variable."""
    _load_env_file()
    return {k: v for k, v in os.environ.items() if k.startswith("SOURCES__") and v != ""}


def check_names(fields: Mapping[str, Iterable[str]]) -> None:
    """Refuse variables that nothing reads, since a typing error would otherwise go unnoticed.

    Args:
        fields: Field names of each source's settings.

    Raises:
        KetteError: A ``KETTE_…`` or ``SOURCES__…`` variable is unknown.
    """
    known = {f"SOURCES__{s.upper()}__{f.upper()}" for s, names in fields.items() for f in names}
    known |= set(KNOWN) | {"KETTE_ENV_FILE"}
    given = [*source_variables(), *(name for name in os.environ if name.startswith("KETTE_"))]
    for name in given:
        if name not in known:
            # every name shares the prefix and the underscores, so only a close match is a hint
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            hint = f"Did you mean {near[0]}?" if near else "See .env.example for all settings"
            raise KetteError("unknown setting", where=name, fix=hint)


@dataclass(frozen=True)
class Status:
    """Whether a source can be loaded: ``on``, ``off`` or ``broken``; the reason says what is wrong."""

    state: str
    reason: str = ""


def check_address(url: str, variable: str) -> None:
    """Refuse an address at which a password would cross a network in the clear.

    Args:
        url: The address; https, or http on this very machine. Empty is no address.
        variable: The setting that holds it.

    Raises:
        KetteError: It is neither.
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" and parts.hostname
    if url and not is_safe and not (parts.scheme == "http" and _is_here(parts.hostname)):
        raise KetteError(
            f"{_host(url)!r} is no https address",
            where=variable,
            fix="Write it as https://shop.example",
        )


def _host(url: str) -> str:
    """Return the host of what should be an address: what stands before it may be a password."""
    rest = url.rpartition("@")[2].rpartition("://")[2]
    return re.split(r"[/?#]", rest, maxsplit=1)[0]


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def secret_text(value: Any) -> str:
    """Return a resolved secret as text; empty where it is unset."""
    return "" if value is None else str(value)
