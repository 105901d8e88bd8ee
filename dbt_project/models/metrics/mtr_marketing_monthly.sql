{% set about_days = [
    {
        'name': 'click_through_rate',
        'numerator': 'sum(click_count) filter (where impression_count is not null)',
        'denominator': 'sum(impression_count) filter (where click_count is not null)',
        'sample': 'sum(impression_count) filter (where click_count is not null)',
    },
    {
        'name': 'ad_spend',
        'numerator': 'sum(spend_amount)',
        'sample': 'count(spend_amount)',
    },
    {
        'name': 'social_engagement_rate',
        'numerator': 'sum(reaction_count + comment_count + share_count)',
        'denominator': 'sum(impression_count) filter (
            where reaction_count + comment_count + share_count is not null
        )',
        'sample': 'count(reaction_count + comment_count + share_count)',
    },
] %}
{% for metric, counted in {
    'impressions': 'impression_count',
    'clicks': 'click_count',
    'ad_conversions': 'conversion_count',
    'social_reactions': 'reaction_count',
    'social_comments': 'comment_count',
    'social_shares': 'share_count',
    'social_mentions': 'mention_count',
    'follower_gain': 'follower_gain_count',
}.items() %}
{% do about_days.append({
    'name': metric,
    'numerator': 'sum(' ~ counted ~ ')',
    'sample': 'count(' ~ counted ~ ')',
}) %}
{% endfor %}
{% for metric, counted in {
    'cost_per_click': 'click_count', 'cost_per_ad_conversion': 'conversion_count'
}.items() %}
{% do about_days.append({
    'name': metric,
    'numerator': 'sum(spend_amount) filter (where ' ~ counted ~ ' is not null)',
    'denominator': 'sum(' ~ counted ~ ') filter (where spend_amount is not null)',
    'sample': 'count(spend_amount)',
}) %}
{% endfor %}
{% set about_mails = [
    {'name': 'emails_sent', 'numerator': 'count(*)', 'sample': 'count(*)'},
] %}
{% for metric, outcome in {
    'email_open_rate': 'is_opened',
    'email_click_rate': 'is_clicked',
    'email_bounce_rate': 'is_bounced',
    'email_unsubscribe_rate': 'is_unsubscribed',
}.items() %}
{% do about_mails.append({
    'name': metric,
    'numerator': 'count(*) filter (where ' ~ outcome ~ ')',
    'denominator': 'count(*)',
    'sample': 'count(*)',
}) %}
{% endfor %}
{% set about_acquisition = [
    {
        'name': 'acquisition_cost_per_account',
        'numerator': 'case when count(account_id) > 0 then '
            ~ 'coalesce(sum(spend_amount), 0) end',
        'denominator': 'count(account_id)',
        'sample': 'count(account_id)',
    },
] %}
{% set about_credits = [
    {
        'name': 'attributed_revenue',
        'numerator': 'sum(credited_amount)',
        'sample': 'count(distinct conversion_id) filter (where credited_amount > 0)',
    },
] %}
{% for metric, kind in {
    'attributed_sign_ups': 'sign_up',
    'attributed_first_orders': 'first_order',
    'attributed_first_payments': 'first_payment',
}.items() %}
{% do about_credits.append({
    'name': metric,
    'numerator': 'sum(credit)',
    'sample': 'count(distinct conversion_id) filter (where credit > 0)',
    'where': "conversion_kind = '" ~ kind ~ "'",
}) %}
{% endfor %}
{% set about_paid_channels = [
    {
        'name': 'acquisition_cost_by_channel',
        'numerator': 'coalesce(sum(spend_amount), 0)',
        'denominator': "coalesce(
            sum(credit) filter (where conversion_kind = 'first_payment'), 0
        )",
        'sample': 'count(spend_amount)',
    },
    {
        'name': 'return_on_ad_spend',
        'numerator': 'coalesce(sum(credited_amount), 0)',
        'denominator': 'coalesce(sum(spend_amount), 0)',
        'sample': 'count(spend_amount)',
    },
] %}

with days as (
    select
        impression_count,
        click_count,
        conversion_count,
        reaction_count,
        comment_count,
        share_count,
        mention_count,
        follower_gain_count,
        coalesce(channel, 'unmapped') as channel,
        {{ in_reported_currency('spend_amount', 'currency_code', 'reported_date') }}
            as spend_amount,
        cast(date_trunc('month', reported_date) as date) as period_start,
    from {{ ref('fct_marketing_daily') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
    where not is_internal
),

-- a campaign counts once for each person whom it was sent to
campaigns as (
    select
        touchpoints.customer_id,
        touchpoints.campaign,
        coalesce(any_value(customers.persona), 'unknown') as persona,
        min(touchpoints.occurred_at) filter (
            where touchpoints.touchpoint = 'email_sent'
        ) as sent_at,
        bool_or(touchpoints.touchpoint = 'email_opened') as is_opened,
        bool_or(touchpoints.touchpoint = 'email_clicked') as is_clicked,
        bool_or(touchpoints.touchpoint = 'email_bounced') as is_bounced,
        bool_or(touchpoints.touchpoint = 'email_unsubscribed') as is_unsubscribed,
    from {{ ref('fct_touchpoints') }} as touchpoints
    inner join customers
        on touchpoints.customer_id = customers.customer_id
    where touchpoints.campaign is not null
    group by touchpoints.customer_id, touchpoints.campaign
),

mails as (
    select
        *,
        'email' as channel,
        {{ business_month('sent_at') }} as period_start,
    from campaigns
    where sent_at is not null
),

-- what advertising cost in a month, beside the accounts that began to pay in it
acquisition as (
    select
        period_start,
        spend_amount,
        cast(null as varchar) as account_id,
    from days
    where spend_amount is not null
    union all
    select
        period_start,
        cast(null as decimal(18, 6)) as spend_amount,
        account_id,
    from {{ ref('fct_mrr_monthly') }}
    where mrr_new_amount > 0
),

-- outside of the time that is reported nobody knows what was spent
reported as (
    select
        min(period_start) as first_month,
        max(period_start) as last_month,
    from days
    where spend_amount is not null
),

acquisition_reported as (
    select acquisition.* from acquisition
    inner join reported
        on acquisition.period_start between reported.first_month and reported.last_month
),

credits as (
    select
        conversion_id,
        conversion_kind,
        channel,
        credit,
        {{ in_reported_currency(
            'credited_amount', 'currency_code', business_date('occurred_at')
        ) }} as credited_amount,
        {{ business_month('occurred_at') }} as period_start,
    from {{ ref('fct_attribution_credits') }}
    where attribution_model = '{{ var("attribution_model") }}'
),

-- a channel that cost nothing in a month is none that was paid for
paid_channels as (
    select
        period_start,
        channel,
    from days
    group by period_start, channel
    having sum(spend_amount) > 0
),

brought_and_cost as (
    select
        period_start,
        channel,
        conversion_kind,
        credit,
        credited_amount,
        cast(null as decimal(18, 6)) as spend_amount,
    from credits
    union all
    select
        period_start,
        channel,
        cast(null as varchar) as conversion_kind,
        cast(null as decimal(18, 12)) as credit,
        cast(null as decimal(18, 4)) as credited_amount,
        spend_amount,
    from days
),

of_paid_channels as (
    select brought_and_cost.* from brought_and_cost
    inner join paid_channels
        on brought_and_cost.period_start = paid_channels.period_start
        and brought_and_cost.channel = paid_channels.channel
),

measured as (
    {{ metric_rows('days', about_days, by=['channel']) }}
    union all
    {{ metric_rows('mails', about_mails, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('acquisition_reported', about_acquisition, by=[]) }}
    union all
    {{ metric_rows('credits', about_credits, by=['channel']) }}
    union all
    {{ metric_rows('of_paid_channels', about_paid_channels, by=['channel']) }}
),

final as (
    select * from measured
    -- a vendor may take back more than a day brought
    where sample_size != 0 or numerator != 0
)

select * from final
