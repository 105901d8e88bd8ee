"""How a metric is asked for in its own words: month, numerator, denominator."""

from __future__ import annotations

# of a moment, by the company's clock
MONTH = "date_trunc('month', timezone(about.business_time_zone, {}))::date"
# staff, tests and bots
OTHERS = "(select customer_id from marts.dim_customers where is_internal)"
# whose person is not known is nobody's staff
NOT_STAFF = f"(customer_id is null or customer_id not in {OTHERS})"
PAYS = "mrr_end_amount > 0"
PAID = "mrr_start_amount > 0"
# one row per account and month, as somebody would sum it up who has only the amounts
ACCOUNTS = "marts.fct_mrr_monthly"


def of_movements(kind: str, sign: str = "") -> str:
    """Return the sum of a kind of movement by month."""
    return f"""
        select period_start, {sign}sum(mrr_change_amount), null
        from marts.fct_mrr_movements
        where movement_type = '{kind}' and not is_scheduled
        group by all
    """


def of_accounts(numerator: str, denominator: str) -> str:
    """Return a share of what the accounts that paid at the start of a month paid then."""
    return f"""
        select period_start, {numerator}, {denominator}
        from {ACCOUNTS} where {PAID} group by all
    """


def cohort(age: int) -> str:
    """Return how many accounts that began in a month still paid so many months later."""
    return f"""
        with begun as (
            select account_id, min(period_start) as began from {ACCOUNTS} group by all
        )
        select began, count(*) filter (where {PAYS}), count(*)
        from {ACCOUNTS} inner join begun using (account_id)
        where period_start = began + interval {age} month and is_complete
        group by all
    """


def of_answers(kind: str, value: str) -> str:
    """Return the sum of a value over the answers to a kind of question, and their number."""
    return f"""
        select {MONTH.format("answered_at")}, sum({value}), count(*)
        from marts.fct_survey_answers, catalogue.about as about
        where question_kind = '{kind}' and score_100 is not null and {NOT_STAFF}
        group by all
    """


def counted(when: str, table: str, numerator: str = "count(*)", denominator: str = "null",
            where: str = "true") -> str:  # fmt: skip
    """Return figures by the month of a moment, over rows that are nobody's of our own."""
    return f"""
        select {MONTH.format(when)}, {numerator}, {denominator}
        from {table} as counted, catalogue.about as about
        where {when} is not null and {NOT_STAFF} and {where}
        group by all
    """


def share(when: str, table: str, which: str, of: str = "true") -> str:
    """Return the share of the rows for which something holds."""
    return counted(when, table, f"sum(({which})::int)", "count(*)", of)


def of_days(numerator: str, denominator: str = "null", where: str = "true") -> str:
    """Return figures of what is reported by the day."""
    return f"""
        select date_trunc('month', reported_date)::date, {numerator}, {denominator}
        from marts.fct_marketing_daily where {where} group by all
    """


def of_bills(numerator: str, denominator: str = "null") -> str:
    """Return sums over invoices."""
    return f"""
        select {MONTH.format("occurred_at")}, {numerator}, {denominator}
        from marts.fct_invoices, catalogue.about as about where currency_code = {OWN} group by all
    """


# the currency that billing says
OWN = "(select any_value(currency_code) from marts.fct_mrr_monthly)"
IN_OWN = f"currency_code = {OWN}"
# every order with how many of its person came before
NUMBERED = """(
    select
        *,
        (select count(*) from marts.fct_orders as earlier
         where earlier.customer_id = orders.customer_id
             and (earlier.occurred_at, earlier.order_id) < (orders.occurred_at, orders.order_id)
        ) as earlier_orders,
        (select max(earlier.occurred_at) from marts.fct_orders as earlier
         where earlier.customer_id = orders.customer_id
             and (earlier.occurred_at, earlier.order_id) < (orders.occurred_at, orders.order_id)
        ) as previous_at
    from marts.fct_orders as orders
)"""
VISITS = """(
    select
        visits.*,
        exists (
            from marts.fct_touchpoints as met where met.session_id = visits.session_id and is_friction
        ) as went_wrong,
        (select list(touchpoint) from marts.fct_touchpoints as met
         where met.session_id = visits.session_id) as did
    from marts.fct_sessions as visits
)"""
MAILS = """(
    select
        customer_id, campaign, min(occurred_at) filter (where touchpoint = 'email_sent') as sent_at,
        list(touchpoint) as became
    from marts.fct_touchpoints where campaign is not null and customer_id is not null group by all
)"""
SIGNED_UP = "marts.dim_customers"
ACQUIRED = "journey_type = 'acquisition'"
DUE = "status in ('held', 'no_show', 'cancelled')"


def of_paid_channels(numerator: str, denominator: str) -> str:
    """Return figures of the months and channels that cost something: what they cost and brought."""
    return f"""
        with spending as (
            select date_trunc('month', reported_date)::date as period_start, channel,
                sum(spend_amount) as spent
            from marts.fct_marketing_daily where {IN_OWN} group by all having sum(spend_amount) > 0
        ),
        brought as (
            select {MONTH.format("occurred_at")} as period_start, channel,
                sum(credit) filter (where conversion_kind = 'first_payment') as payments,
                sum(credited_amount) filter (where {IN_OWN}) as revenue
            from marts.fct_attribution_credits, catalogue.about as about
            where attribution_model = 'last_non_direct' group by all
        )
        select period_start, {numerator}, {denominator}
        from spending left join brought using (period_start, channel) group by all
    """
