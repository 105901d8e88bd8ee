"""What customers do, say and answer, and what reaches them."""

from __future__ import annotations

from tests.proof.in_words.asking import (
    ACCOUNTS,
    ACQUIRED,
    DUE,
    IN_OWN,
    MAILS,
    MONTH,
    NOT_STAFF,
    NUMBERED,
    OTHERS,
    SIGNED_UP,
    VISITS,
    counted,
    of_answers,
    of_days,
    of_paid_channels,
    share,
)

# what accounts that are not our own have decided, with what their people asked until then
RENEWALS = """(
    select
        *,
        (select count(*) from marts.fct_conversations as said
         where said.account_id = journeys.account_id
             and first_customer_message_at between journeys.started_at and journeys.ended_at
        ) as contacts
    from marts.fct_journeys as journeys
    where journey_type = 'renewal' and ended_at is not null and account_id not in (
        select account_id from marts.dim_accounts where is_internal
    )
)"""

QUERIES = {
    "touchpoints": f"""
        select {MONTH.format("occurred_at")}, count(*), null
        from marts.fct_touchpoints, catalogue.about as about
        where is_interaction and {NOT_STAFF} group by all
    """,
    "active_customers": f"""
        select {MONTH.format("occurred_at")}, count(distinct customer_id), null
        from marts.fct_touchpoints, catalogue.about as about
        where
            is_interaction and customer_id not in {OTHERS}
            and direction is distinct from 'outbound'
        group by all
    """,
    "new_customers": f"""
        select {MONTH.format("first_seen_at")}, count(*), null
        from marts.dim_customers, catalogue.about as about
        where not is_internal and first_seen_at is not null group by all
    """,
    "acquisition_conversion_rate": f"""
        select
            {MONTH.format("started_at")}, count(*) filter (where outcome = 'converted'), count(*)
        from marts.fct_journeys, catalogue.about as about
        where journey_type = 'acquisition' and customer_id not in {OTHERS} group by all
    """,
    "nps": of_answers(
        "nps",
        "case when round(score_100 / 10) >= 9 then 100 when round(score_100 / 10) <= 6 then -100 "
        "else 0 end",
    ),
    "csat_rate": of_answers("csat", "(score_100 >= 75)::int"),
    "ces_mean": of_answers("ces", "1 + 6 * score_100 / 100"),
    "survey_answers": f"""
        select {MONTH.format("answered_at")}, count(*), null
        from marts.fct_survey_answers, catalogue.about as about
        where question_kind != 'review' and score_100 is not null and {NOT_STAFF} group by all
    """,
    "bookings": counted("booked_at", "marts.fct_bookings", where="status != 'moved'"),
    "booking_lead_seconds_median": counted(
        "booked_at",
        "marts.fct_bookings",
        "median(floor(epoch(starts_at) - epoch(booked_at)))",
        where="status != 'moved' and starts_at >= booked_at",
    ),
    "booking_held_rate": share("starts_at", "marts.fct_bookings", "status = 'held'", DUE),
    "booking_no_show_rate": share("starts_at", "marts.fct_bookings", "status = 'no_show'", DUE),
    "booking_cancellation_rate": share(
        "starts_at", "marts.fct_bookings", "status = 'cancelled'", DUE
    ),
    **{
        metric: of_days(f"sum({column})")
        for metric, column in {
            "impressions": "impression_count",
            "clicks": "click_count",
            "ad_conversions": "conversion_count",
            "social_reactions": "reaction_count",
            "social_comments": "comment_count",
            "social_shares": "share_count",
            "social_mentions": "mention_count",
            "follower_gain": "follower_gain_count",
        }.items()
    },
    "click_through_rate": of_days(
        "sum(click_count)",
        "sum(impression_count)",
        "click_count is not null and impression_count is not null",
    ),
    "ad_spend": of_days("sum(spend_amount)", where=IN_OWN),
    "cost_per_click": of_days(
        "sum(spend_amount)", "sum(click_count)", f"click_count is not null and {IN_OWN}"
    ),
    "cost_per_ad_conversion": of_days(
        "sum(spend_amount)",
        "sum(conversion_count)",
        f"conversion_count is not null and {IN_OWN}",
    ),
    "social_engagement_rate": of_days(
        "sum(reaction_count + comment_count + share_count)",
        "sum(impression_count)",
        "reaction_count is not null and comment_count is not null and share_count is not null",
    ),
    "acquisition_cost_per_account": f"""
        with spent as (
            select date_trunc('month', reported_date)::date as period_start, sum(spend_amount) as spent
            from marts.fct_marketing_daily where {IN_OWN} group by all
        ),
        begun as (
            select period_start, count(*) as begun
            from {ACCOUNTS} where mrr_new_amount > 0 group by all
        )
        select period_start, coalesce(spent, 0), begun from begun left join spent using (period_start)
        where period_start between (select min(period_start) from spent)
            and (select max(period_start) from spent)
    """,
    # however they are shared out, all together are what there was
    "attributed_sign_ups": counted("signed_up_at", "marts.dim_customers"),
    "attributed_first_orders": counted(
        "occurred_at", NUMBERED, where="earlier_orders = 0 and customer_id is not null"
    ),
    "attributed_first_payments": f"""
        select {MONTH.format("occurred_at")}, count(distinct conversion_id), null
        from marts.fct_attribution_credits, catalogue.about as about
        where conversion_kind = 'first_payment' group by all
    """,
    "attributed_revenue": f"""
        select {MONTH.format("occurred_at")}, sum(credited_amount), null
        from marts.fct_attribution_credits, catalogue.about as about
        where attribution_model = 'first' and {IN_OWN} group by all
    """,
    "acquisition_cost_by_channel": of_paid_channels("sum(spent)", "coalesce(sum(payments), 0)"),
    "return_on_ad_spend": of_paid_channels("coalesce(sum(revenue), 0)", "sum(spent)"),
    "emails_sent": counted("sent_at", MAILS),
    **{
        f"email_{name}_rate": share("sent_at", MAILS, f"list_contains(became, 'email_{became}')")
        for name, became in {
            "open": "opened",
            "click": "clicked",
            "bounce": "bounced",
            "unsubscribe": "unsubscribed",
        }.items()
    },
    "visits": counted("started_at", "marts.fct_sessions"),
    "visitors": counted("started_at", "marts.fct_sessions", "count(distinct customer_id)"),
    "bounce_rate": share("started_at", "marts.fct_sessions", "touchpoint_count = 1"),
    "visit_seconds_median": counted(
        "started_at", "marts.fct_sessions", "median(floor(epoch(ended_at) - epoch(started_at)))"
    ),
    "touchpoints_per_visit": counted(
        "started_at", "marts.fct_sessions", "sum(touchpoint_count)", "count(*)"
    ),
    "friction_visit_rate": share("started_at", VISITS, "went_wrong"),
    **{
        metric: share("started_at", VISITS, f"list_contains(did, '{touchpoint}')")
        for metric, touchpoint in {
            "slow_page_visit_rate": "page_slow",
            "sign_up_visit_rate": "signed_up",
            "form_visit_rate": "form_submitted",
        }.items()
    },
    "friction_rate": share(
        "occurred_at", "marts.fct_touchpoints", "is_friction", "(is_interaction or is_friction)"
    ),
    "recommenders": counted(
        "occurred_at",
        "marts.fct_touchpoints",
        "count(distinct customer_id)",
        where="journey_step = 'recommend' and is_interaction",
    ),
    "referred_customer_rate": share(
        "first_seen_at", SIGNED_UP, "coalesce(acquisition_channel = 'referral', false)"
    ),
    "sign_ups": counted("signed_up_at", SIGNED_UP),
    "activation_rate": share(
        "signed_up_at",
        SIGNED_UP,
        "coalesce(product_first_used_at < signed_up_at + interval 7 day, false)",
    ),
    "onboarding_booking_rate": share(
        "signed_up_at", SIGNED_UP, "coalesce(onboarding_booked_at >= signed_up_at, false)"
    ),
    "onboarding_completion_rate": share(
        "signed_up_at",
        SIGNED_UP,
        "coalesce(product_first_used_at < signed_up_at + interval 30 day, false)",
    ),
    "contacts_per_onboarding": counted(
        "signed_up_at",
        f"""(
            select
                *,
                (select count(*) from marts.fct_conversations as said
                 where said.customer_id = customers.customer_id
                     and first_customer_message_at >= signed_up_at
                     and first_customer_message_at <= case
                         when product_first_used_at < signed_up_at then signed_up_at
                         when product_first_used_at < signed_up_at + interval 30 day
                             then product_first_used_at
                         when signed_up_at + interval 30 day <= today then (
                             select max(occurred_at) from marts.fct_touchpoints as met
                             where met.customer_id = customers.customer_id
                                 and (is_interaction or touchpoint = 'signed_up')
                                 and (direction is distinct from 'outbound'
                                      or touchpoint = 'signed_up')
                                 and occurred_at < signed_up_at + interval 30 day
                         )
                         else today end
                ) as contacts
            from {SIGNED_UP} as customers,
                (select as_of::timestamp at time zone 'UTC' as today from catalogue.about)
        )""",
        "sum(contacts)",
        "count(*)",
    ),
    "renewal_rate": share("started_at", RENEWALS, "outcome = 'renewed'"),
    "contacts_per_renewal": counted("started_at", RENEWALS, "sum(contacts)", "count(*)"),
    "acquisition_abandonment_rate": share(
        "started_at", "marts.fct_journeys", "outcome = 'abandoned'", ACQUIRED
    ),
    "acquisition_seconds_median": counted(
        "started_at",
        "marts.fct_journeys",
        "median(floor(epoch(ended_at) - epoch(started_at)))",
        where=f"{ACQUIRED} and outcome = 'converted'",
    ),
    "touchpoints_to_acquisition": counted(
        "started_at",
        "marts.fct_journeys",
        "sum(touchpoint_count)",
        "count(*)",
        f"{ACQUIRED} and outcome = 'converted'",
    ),
    "promoter_rate": of_answers("nps", "(round(score_100 / 10) >= 9)::int"),
    "detractor_rate": of_answers("nps", "(round(score_100 / 10) <= 6)::int"),
    "reviews": counted(
        "answered_at",
        "marts.fct_survey_answers",
        where="question_kind = 'review' and score_100 is not null",
    ),
    "review_rating_mean": of_answers("review", "1 + score_100 / 25"),
    "comment_rate": share(
        "answered_at",
        "marts.fct_survey_answers",
        "coalesce(comment, '') ~ '.*\\S.*'",
        "question_kind != 'review' and score_100 is not null",
    ),
    "survey_response_rate": f"""
        select {MONTH.format("invited_at")}, count(*) filter (where is_answered), count(*)
        from marts.fct_survey_invitations, catalogue.about as about
        where {NOT_STAFF} group by all
    """,
    "customers_in_contact": counted(
        "started_at", "marts.fct_conversations", "count(distinct customer_id)"
    ),
    "conversation_solved_rate": share(
        "started_at", "marts.fct_conversations", "status in ('resolved', 'bot_solved')"
    ),
    "digital_contact_rate": share(
        "started_at", "marts.fct_conversations", "channel not in ('phone', 'in_person')"
    ),
    "messages_per_conversation": counted(
        "started_at", "marts.fct_conversations", "sum(message_count)", "count(message_count)"
    ),
    "answered_in_time_rate": share(
        "started_at",
        "marts.fct_conversations",
        "coalesce(epoch(first_agent_message_at) - epoch(first_customer_message_at) "
        "< if(conversation_type = 'chat', 300, 4 * 3600) + 1, false)",
    ),
    "open_conversations": f"""
        with said as (
            select
                *, timezone(about.business_time_zone, started_at) as began,
                timezone(about.business_time_zone, resolved_at) as solved
            from marts.fct_conversations, catalogue.about as about where {NOT_STAFF}
        ),
        months as (select distinct date_trunc('month', began)::date as period_start from said)
        select
            period_start,
            (select count(*) from said
             where date_trunc('month', began) <= period_start
                 and (date_trunc('month', solved) > period_start
                      or (solved is null and status = 'open'))),
            null
        from months
    """,
}
