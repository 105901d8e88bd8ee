"""How quickly and how well customers are helped, and what it costs."""

from __future__ import annotations

from datetime import date, timedelta

from tests.proof.in_words.asking import IN_OWN, MONTH, NOT_STAFF, counted, share

SAID = "marts.fct_conversations"


def easter(year: int) -> date:
    """Return Easter Sunday, by the method of Meeus, Jones and Butcher."""
    century, rest = divmod(year, 100)
    moon = (
        19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _german_holidays() -> list[date]:
    days = []
    for year in range(2020, 2041):
        days += [date(year, *day) for day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))]
        days += [easter(year) + timedelta(days=after) for after in (-2, 1, 39, 50)]
    return days


# every weekday from nine to six in Berlin, without the holidays of the whole country
OPEN = f"""(
    select
        (day + interval 9 hour) at time zone 'Europe/Berlin' as opens_at,
        (day + interval 18 hour) at time zone 'Europe/Berlin' as closes_at
    from (
        select unnest(generate_series(timestamp '2020-01-01', '2040-12-31', interval 1 day)) as day
    )
    where isodow(day) < 6 and day::date not in (
        {", ".join(f"date '{day}'" for day in _german_holidays())}
    )
)"""


def _open_seconds(until: str) -> str:
    """Return the seconds of business hours from the customer's first message to a moment."""
    return f"""(
        select coalesce(sum(
            epoch_ms(least({until}, closes_at))
            - epoch_ms(greatest(first_customer_message_at, opens_at))
        ), 0) // 1000
        from {OPEN} as hours
        where opens_at < {until} and closes_at > first_customer_message_at
    )"""


# a conversation with what its hours and promises make of it
TIMED = f"""(
    select
        *,
        case
            when first_agent_message_at is not null
                then {_open_seconds("first_agent_message_at")}
        end as answered_after,
        case
            when resolved_at >= first_customer_message_at then {_open_seconds("resolved_at")}
        end as solved_after,
        {_open_seconds("(select as_of::timestamp at time zone 'UTC' from catalogue.about)")}
            as waited,
        if(conversation_type = 'chat', 300, 14400) as answer_within,
        if(conversation_type = 'chat', 3600, 64800) as solve_within,
        status in ('resolved', 'bot_solved') as is_solved,
        conversation_type = 'chat' or source = 'hubspot' as tells_answers
    from {SAID}
)"""
# 1 kept, 0 broken, null neither
ANSWERED = """case
    when answered_after is not null then (answered_after <= answer_within)::int
    when tells_answers and not is_solved and waited > answer_within then 0
end"""
SOLVED = """case
    when solved_after is not null then (solved_after <= solve_within)::int
    when not is_solved and waited > solve_within then 0
end"""

# what the seed says that Kette brings
COST = """case channel
    when 'chat' then 4 when 'phone' then 8 when 'in_person' then 40 else 5
end"""
SOLVED_BY_NOW = "status in ('resolved', 'bot_solved')"
# a matter with its conversations in their order
MATTERS = f"""(
    select
        matter_id, customer_id, min(first_customer_message_at) as started_at,
        list(channel order by first_customer_message_at, conversation_id) as channels,
        list({SOLVED_BY_NOW} order by first_customer_message_at, conversation_id) as solved,
        sum({COST}) as cost
    from {SAID} where customer_id is not null group by all
)"""
SWITCHES = "len([i for i in range(2, len(channels) + 1) if channels[i] != channels[i - 1]])"
OPEN_THEN = f"""(
    with said as (
        select
            *, timezone(about.business_time_zone, started_at) as began,
            timezone(about.business_time_zone, resolved_at) as solved,
            as_of::timestamp at time zone 'UTC' as today
        from {SAID}, catalogue.about as about where {NOT_STAFF}
    ),
    months as (select distinct date_trunc('month', began)::date as period_start from said)
    select
        period_start,
        floor(epoch(least(
            today, (period_start + interval 1 month) at time zone 'Europe/Berlin'
        )) - epoch(first_customer_message_at)) as age
    from months, said
    where
        date_trunc('month', began) <= period_start
        and (date_trunc('month', solved) > period_start or (solved is null and status = 'open'))
)"""

QUERIES = {
    **{
        f"{kind}_{moment}_business_seconds_median": counted(
            "started_at",
            TIMED,
            f"median({after})",
            where=f"{after} is not null and {which}",
        )
        for kind, which in (
            ("chat", "conversation_type = 'chat'"),
            ("ticket", "conversation_type != 'chat'"),
        )
        for moment, after in (("first_response", "answered_after"), ("resolution", "solved_after"))
    },
    "first_response_sla_met_rate": counted(
        "started_at", TIMED, f"sum({ANSWERED})", f"count({ANSWERED})"
    ),
    "resolution_sla_met_rate": counted("started_at", TIMED, f"sum({SOLVED})", f"count({SOLVED})"),
    "unanswered_rate": share(
        "started_at",
        TIMED,
        "first_agent_message_at is null and not is_solved",
        "tells_answers",
    ),
    "bot_solved_return_rate": f"""
        select
            {MONTH.format("said.started_at")}, sum((not last_of_all)::int), count(*)
        from catalogue.about as about, (
            select *, row_number() over (
                partition by matter_id order by first_customer_message_at desc, conversation_id desc
            ) = 1 as last_of_all
            from {SAID} where customer_id is not null
        ) as said
        where status = 'bot_solved' and {NOT_STAFF} group by all
    """,
    "contact_cost": counted("started_at", SAID, f"sum({COST})", where=IN_OWN),
    "cost_per_contact": counted("started_at", SAID, f"sum({COST})", "count(*)", IN_OWN),
    "cost_per_solved_contact": counted(
        "started_at", SAID, f"sum({COST})", f"sum(({SOLVED_BY_NOW})::int)", IN_OWN
    ),
    "support_matters": counted("started_at", MATTERS),
    "first_contact_resolution_rate": share("started_at", MATTERS, "solved = [true]"),
    "first_contact_resolution_on_channel_rate": share(
        "started_at", MATTERS, "solved[1] and len([c for c in channels if c = channels[1]]) = 1"
    ),
    "repeat_contact_rate": share("started_at", MATTERS, "len(channels) > 1"),
    "contacts_per_matter": counted("started_at", MATTERS, "sum(len(channels))", "count(*)"),
    "channel_switch_rate": share("started_at", MATTERS, "len(list_distinct(channels)) > 1"),
    "channel_return_rate": share(
        "started_at", MATTERS, f"{SWITCHES} >= len(list_distinct(channels))"
    ),
    "reopened_matter_rate": share(
        "started_at", MATTERS, "list_contains(solved[:-2], true)", "list_contains(solved, true)"
    ),
    "cost_per_matter": counted("started_at", MATTERS, "sum(cost)", "count(*)"),
    "open_conversation_age_seconds_median": f"""
        select period_start, median(age), null from {OPEN_THEN} group by all
    """,
    "sla_met_rate": counted(
        "started_at",
        TIMED,
        f"coalesce(sum({ANSWERED}), 0) + coalesce(sum({SOLVED}), 0)",
        f"count({ANSWERED}) + count({SOLVED})",
    ),
}
