-- Whether a channel's place depends on the model and the look-back window: nobody knows
-- which of them is right.
with credits as (
    select * from {{ ref('int_attribution_credits') }}
    where channel != 'unmapped'
),

settings as (
    select distinct
        conversion_kind,
        window_days,
        attribution_model,
    from credits
),

channels as (
    select distinct
        conversion_kind,
        channel,
    from credits
),

-- a channel that a setting does not see stands there with nothing
totals as (
    select
        channels.conversion_kind,
        channels.channel,
        settings.window_days,
        settings.attribution_model,
        coalesce(sum(credits.credit), 0) as credit,
        count(*) filter (where credits.credit > 0) as conversion_count,
    from channels
    inner join settings
        on channels.conversion_kind = settings.conversion_kind
    left join credits
        on channels.conversion_kind = credits.conversion_kind
        and channels.channel = credits.channel
        and settings.window_days = credits.window_days
        and settings.attribution_model = credits.attribution_model
    group by all
),

ranked as (
    select
        *,
        cast(credit as double) / cast(
            sum(credit) over (
                partition by conversion_kind, window_days, attribution_model
            ) as double
        ) as credit_share,
        rank() over (
            partition by conversion_kind, window_days, attribution_model
            order by credit desc
        ) as channel_rank,
    from totals
),

final as (
    select
        conversion_kind || '|' || channel as attribution_stability_id,
        conversion_kind,
        channel,
        count(*) as setting_count,
        max(conversion_count) as conversion_count,
        min(credit_share) as credit_share_low,
        max(credit_share) as credit_share_high,
        min(channel_rank) as rank_best,
        max(channel_rank) as rank_worst,
    from ranked
    group by conversion_kind, channel
)

select * from final
