"""Which events a question is about: those of the published touchpoints, named by what people write.

``channel:chat``, ``touchpoint:page_viewed:/pricing``, ``step:choose``, ``phase:retention``,
``source:mixpanel`` or ``any``. A star at the end stands for whatever follows; ``|`` between two names
means either. What was typed is bound, and never becomes SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

KINDS = {
    "channel": "channel",
    "touchpoint": "touchpoint",
    "step": "journey_step",
    "phase": "journey_phase",
    "source": "source",
}
# what figures may be broken down by, as expressions over the events
SEGMENTS = {
    "channel": "channel",
    "source": "source",
    "campaign": "campaign",
    "persona": "persona",
    "acquisition": "acquisition_channel",
    "country": "country_code",
    "language": "language",
    "plan": "account_plan_name",
}
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# people's own contacts: what the company sends and records that merely change are left out
CONTACTS = "is_interaction and direction is distinct from 'outbound'"
EVENTS = """(
    select
        touchpoints.customer_id, touchpoints.touchpoint_id, touchpoints.occurred_at,
        touchpoints.channel, touchpoints.touchpoint, touchpoints.journey_step,
        touchpoints.journey_phase, touchpoints.source, touchpoints.campaign,
        touchpoints.session_id, touchpoints.value_amount, touchpoints.currency_code,
        persons.persona, persons.acquisition_channel, persons.country_code, persons.language,
        persons.account_plan_name
    from marts.fct_touchpoints as touchpoints
    inner join marts.dim_customers as persons
        on touchpoints.customer_id = persons.customer_id
    where not persons.is_internal {only}
)"""

# what people do by themselves, by what a question can name: the commonest of each kind first
CHOICES = f"""
with events as (select * from {EVENTS.format(only=f"and {CONTACTS}")} as events),
named as (
    select 'step' as kind, 1 as kind_order, journey_step as value from events
    union all
    select 'channel' as kind, 2 as kind_order, channel as value from events
    union all
    select 'touchpoint' as kind, 3 as kind_order, touchpoint as value from events
)
select kind, value
from named
where value is not null
group by all
order by any_value(kind_order), count(*) desc, value
"""  # noqa: S608 - names of our own


@dataclass
class Bound:
    """Values on their way into a statement, by the name of their parameter.

    Attributes:
        names: The events named in full, as kind and value.
    """

    values: dict[str, Any] = field(default_factory=dict)
    names: list[tuple[str, str]] = field(default_factory=list)

    def add(self, value: object) -> str:
        """Bind a value, and return how the statement names it."""
        name = f"value_{len(self.values) + 1}"
        self.values[name] = value
        return f"${name}"


def events(*, records_too: bool) -> str:
    """Return the events as a query in brackets; ``records_too`` adds what is no contact of people."""
    return EVENTS.format(only="" if records_too else f"and {CONTACTS}")


def condition(text: str, bound: Bound) -> str:
    """Return the condition that an event's name means.

    Raises:
        KetteError: It names no kind of event.
    """
    return " or ".join(f"({_one(name.strip(), bound)})" for name in text.split("|"))


def _one(name: str, bound: Bound) -> str:
    if name == "any":
        return "true"
    kind, _, value = name.partition(":")
    if kind not in KINDS or not value:
        raise KetteError(
            "no event is called so",
            where=repr(name),
            fix=f"Write any, or a name behind {', '.join(f'{known}:' for known in KINDS)}",
        )
    if value.endswith("*"):
        return f"starts_with({KINDS[kind]}, {bound.add(value[:-1])})"
    bound.names.append((kind, value))
    return f"{KINDS[kind]} = {bound.add(value)}"


def refuse_unknown(names: Iterable[tuple[str, str]], ask: Callable[..., list[Any]]) -> None:
    """Refuse a name that no published touchpoint has: a slip would answer with nobody.

    Args:
        names: Kinds and values of events.
        ask: Runs a statement with parameters and returns its rows.

    Raises:
        KetteError: Nothing is called so.
    """
    for kind, value in dict.fromkeys(names):
        found = ask(
            f"select 1 from marts.fct_touchpoints where {KINDS[kind]} = $value limit 1",  # noqa: S608 - our own names
            {"value": value},
        )
        if not found:
            raise KetteError(
                "nothing in what is published is called so",
                where=f"{kind}:{value}",
                fix="marts.dim_touchpoints lists what there is",
            )


def segment(name: str) -> str:
    """Return what a breakdown is, as an expression; no value reads "none".

    Raises:
        KetteError: There is no such breakdown.
    """
    if name not in SEGMENTS:
        raise KetteError(
            "there is no such breakdown", where=repr(name), fix=f"There is {', '.join(SEGMENTS)}"
        )
    return f"coalesce({SEGMENTS[name]}, 'none')"


def seconds(text: str) -> int:
    """Return a length of time in seconds: ``90s``, ``30m``, ``12h``, ``30d``, ``2w``.

    Raises:
        KetteError: It is none.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and unit in UNITS and int(number)):
        raise KetteError(
            "that is no length of time",
            where=repr(text),
            fix="Write it as 90s, 30m, 12h, 30d or 2w",
        )
    return int(number) * UNITS[unit]


def start_of(day: date, time_zone: str, bound: Bound) -> str:
    """Return the first moment of a day in a time zone."""
    return f"timezone({bound.add(time_zone)}, cast({bound.add(day)} as timestamp))"
