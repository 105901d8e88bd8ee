-- Each conversion is shared out completely: shares are rounded as running totals, so
-- that the last channel ends at exactly one.

with models as (
    select * from {{ ref('attribution_models') }}
),

windows as (
    {{ attribution_windows() }}
),

paths as (
    select
        *,
        max(case when channel != 'direct' then position end) over (
            partition by window_days, conversion_id
        ) as last_not_direct,
        row_number() over (
            partition by window_days, conversion_id, channel order by position
        ) = 1 as is_first_of_channel,
    from {{ ref('int_attribution_paths') }}
    where conversion_id is not null
),

removals as (
    select * from {{ ref('int_attribution_removals') }}
),

conversions as (
    select * from {{ ref('int_conversions_found') }}
    where is_attributed
),

weighed as (
    select
        paths.window_days,
        paths.conversion_id,
        models.attribution_model,
        paths.channel,
        case models.method
            when 'linear' then 1
            when 'last_non_direct'
                then
                    case
                        when
                            paths.position
                            = coalesce(paths.last_not_direct, paths.path_length)
                            then 1
                    end
            when 'time_decay'
                then
                    pow(
                        2,
                        -{{ seconds_between(
                            'paths.exposed_at', 'paths.last_exposed_at'
                        ) }} / 86400.0 / {{ var('attribution_half_life_days') }}
                    )
            when 'shapley' then case when paths.is_first_of_channel then 1 end
            when 'markov'
                then
                    case
                        when paths.is_first_of_channel then removals.removal_effect
                    end
            when 'position'
                then
                    case
                        when paths.path_length = 1 then 1
                        when paths.position = 1 then models.first_weight
                        when paths.position = paths.path_length then models.last_weight
                        else models.middle_weight / (paths.path_length - 2)
                    end
        end as weight,
    from paths
    cross join models
    left join removals
        on paths.window_days = removals.window_days
        and paths.conversion_kind = removals.conversion_kind
        and paths.channel = removals.channel
),

-- where a model gives nothing a weight, all contacts have the same
levelled as (
    select
        window_days,
        conversion_id,
        attribution_model,
        channel,
        sum(cast(coalesce(weight, 0) as decimal(18, 12))) as weight,
        count(*) as contact_count,
    from weighed
    group by all
),

totalled as (
    select
        *,
        sum(weight) over of_conversion as whole_weight,
        sum(contact_count) over of_conversion as whole_count,
        sum(weight) over so_far as weight_so_far,
        sum(contact_count) over so_far as count_so_far,
    from levelled
    window
        of_conversion as (
            partition by window_days, conversion_id, attribution_model
        ),
        so_far as (
            partition by window_days, conversion_id, attribution_model
            order by channel
            rows between unbounded preceding and current row
        )
),

shared as (
    select
        window_days,
        conversion_id,
        attribution_model,
        channel,
        cast(
            case
                when whole_weight > 0
                    then cast(weight_so_far as double) / cast(whole_weight as double)
                else cast(count_so_far as double) / cast(whole_count as double)
            end as decimal(18, 12)
        ) as share_so_far,
    from totalled
),

seen as (
    select distinct
        window_days,
        conversion_id,
    from paths
),

-- no visit before it that is known of
unseen as (
    select
        windows.window_days,
        conversions.conversion_id,
        models.attribution_model,
        'unmapped' as channel,
        cast(1 as decimal(18, 12)) as share_so_far,
    from conversions
    cross join models
    cross join windows
    left join seen
        on windows.window_days = seen.window_days
        and conversions.conversion_id = seen.conversion_id
    where seen.conversion_id is null
),

every_share as (
    select * from shared
    union all
    select * from unseen
),

lined_up as (
    select
        conversions.*,
        every_share.window_days,
        every_share.attribution_model,
        every_share.channel,
        every_share.share_so_far,
        lag(every_share.share_so_far, 1, 0) over (
            partition by
                every_share.window_days,
                every_share.attribution_model,
                every_share.conversion_id
            order by every_share.channel
        ) as share_before,
        -- wide enough to be multiplied by a share
        cast(conversions.conversion_amount as decimal(20, 2)) as whole_amount,
    from every_share
    inner join conversions
        on every_share.conversion_id = conversions.conversion_id
),

final as (
    select
        window_days,
        conversion_id,
        conversion_kind,
        customer_id,
        account_id,
        converted_at,
        attribution_model,
        channel,
        cast(share_so_far - share_before as decimal(18, 12)) as credit,
        cast(
            round(whole_amount * share_so_far, 4)
            - round(whole_amount * share_before, 4) as decimal(18, 4)
        ) as credited_amount,
        currency_code,
    from lined_up
)

select * from final
