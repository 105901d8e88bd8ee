"""What a journey step is told by, in its own words: month, channel, step, persona, both counts."""

from __future__ import annotations

from tests.proof.in_words.asking import MONTH

# what a person did, whoever they are: the company's own people are left out at the end
DONE = "is_interaction and direction is distinct from 'outbound'"
# each answer with the last thing its person did before it was asked for, at the step it asks about
ANSWERS = """(
    select
        answers.*,
        (
            select max_by(
                {'channel': met.channel, 'step': met.journey_step},
                (met.occurred_at, met.touchpoint_id)
            )
            from marts.fct_touchpoints as met
            where
                met.customer_id = answers.customer_id
                and met.is_interaction and met.direction is distinct from 'outbound'
                and met.channel is not null and met.journey_step is not null
                and met.occurred_at between
                    coalesce(answers.invited_at, answers.answered_at) - interval 14 day
                    and coalesce(answers.invited_at, answers.answered_at) - interval 1 microsecond
                and (asks_about is null or met.journey_step = asks_about)
        ) as contact
    from (
        select answers.*, case moment
            when 'sign_up' then 'choose' when 'after_support' then 'solve_problem'
            when 'first_week' then 'use'
        end as asks_about
        from marts.fct_survey_answers as answers
    ) as answers
)"""
PLACE = """
    case
        when question_kind = 'review' or customer_id is null then channel else contact.channel
    end as channel,
    case when question_kind = 'review' then 'recommend' else coalesce(contact.step, asks_about) end as step
"""
WORDS = f"""(
    select
        texts.customer_id, texts.occurred_at, texts.sentiment_score,
        coalesce(talks.channel, placed.channel) as channel,
        case when texts.conversation_id is null then placed.step else 'solve_problem' end as step
    from marts.fct_texts as texts
    left join marts.fct_conversations as talks using (conversation_id)
    left join (select answer_id, {PLACE} from {ANSWERS}) as placed
        on placed.answer_id = texts.answer_id
)"""
# each way to the first purchase as a list, and in it every place at which a step is entered
STAYS = f"""(
    with ways as (
        select
            journeys.journey_id, journeys.customer_id, journeys.outcome, journeys.ended_at,
            list(
                {{'step': journey_step, 'channel': channel, 'at': met.occurred_at}}
                order by met.occurred_at, met.touchpoint_id
            ) as way
        from marts.fct_journeys as journeys
        inner join marts.fct_touchpoints as met
            on
                met.customer_id = journeys.customer_id and journey_step is not null and {DONE}
                and met.occurred_at >= journeys.started_at
                and met.occurred_at <= coalesce(journeys.ended_at, met.occurred_at)
        where journey_type = 'acquisition'
        group by all
    ),
    places as (
        select *, unnest(range(1, len(way) + 1)) as i from ways
    ),
    stays as (
        select
            *, list_filter(range(i + 1, len(way) + 1), lambda j: way[j].step != way[i].step)[1] as j
        from places where i = 1 or way[i].step != way[i - 1].step
    )
    select
        customer_id, way[i].at as occurred_at, way[i].channel as channel, way[i].step as step,
        coalesce(j, len(way) + 1) - i as contacts,
        (epoch_ms(coalesce(way[j].at, ended_at)) - epoch_ms(way[i].at)) // 1000 as seconds,
        case when j is null then outcome else 'went on' end as became
    from stays
)"""
EVENTS = "(select *, journey_step as step from marts.fct_touchpoints)"


def cells(
    rows: str,
    numerator: str,
    denominator: str = "null",
    where: str = "true",
    *,
    when: str = "occurred_at",
) -> str:
    """Return the figures of each month, channel, step and persona over some rows."""
    return f"""
        select
            {MONTH.format(when)},
            coalesce(counted.channel, 'unmapped'), coalesce(counted.step, 'unmapped'),
            coalesce(persons.persona, 'unknown'), {numerator}, {denominator}
        from {rows} as counted
        left join (select customer_id, persona, is_internal from marts.dim_customers) as persons
            using (customer_id)
        cross join catalogue.about as about
        where not coalesce(persons.is_internal, false) and {where}
        group by all
    """


def of_scores(kind: str, value: str) -> str:
    """Return the sum of a value over the answers to a kind of question, and their number."""
    rows = f"(select * exclude (channel, contact), {PLACE} from {ANSWERS})"
    return cells(rows, f"sum({value})", "count(*)", f"question_kind = '{kind}' and score_100 >= 0")


WENT_ON = "became not in ('open', 'abandoned')"
CELLS = {
    "touchpoints": cells(EVENTS, "count(*)", where="is_interaction"),
    "active_customers": cells(
        EVENTS, "count(distinct customer_id)", where=f"{DONE} and customer_id is not null"
    ),
    "friction_rate": cells(
        EVENTS, "sum(is_friction::int)", "count(*)", "(is_interaction or is_friction)"
    ),
    "step_nps": of_scores(
        "nps",
        "case when round(score_100 / 10) >= 9 then 100 when round(score_100 / 10) <= 6 then -100 "
        "else 0 end",
    ),
    "step_csat_rate": of_scores("csat", "(score_100 >= 75)::int"),
    "step_ces_mean": of_scores("ces", "1 + 6 * score_100 / 100"),
    "step_sentiment_mean": cells(
        WORDS, "sum(sentiment_score)", "count(*)", "sentiment_score is not null"
    ),
    "step_drop_off_rate": cells(STAYS, "sum((became = 'abandoned')::int)", "count(*)"),
    "step_seconds_mean": cells(STAYS, "sum(seconds)", "count(*)", WENT_ON),
    "step_contacts_mean": cells(STAYS, "sum(contacts)", "count(*)", WENT_ON),
}
QUERIES = {
    metric: f"""
        select period_start, sum(numerator), sum(denominator)
        from ({query}) as cells(period_start, channel, step, persona, numerator, denominator)
        group by all
    """
    for metric, query in CELLS.items()
    if metric.startswith("step_")
}
