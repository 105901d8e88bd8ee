with conversations as (
    select * from {{ ref('int_conversations_unioned') }}
),

business_hours as (
    select distinct channel from {{ ref('business_hours') }}
),

openings as (
    select * from {{ ref('int_business_hours_dated') }}
),

-- a channel without hours of its own has those of every channel, if there are any
placed as (
    select
        conversations.*,
        coalesce(own_hours.channel, common_hours.channel) as hours_of,
    from conversations
    left join business_hours as own_hours
        on conversations.channel = own_hours.channel
    left join business_hours as common_hours
        on common_hours.channel = '*'
),

moments as (
    select
        conversation_id,
        hours_of,
        'asked' as moment,
        first_customer_message_at as occurred_at,
    from placed
    union all
    select
        conversation_id,
        hours_of,
        'answered' as moment,
        first_agent_message_at as occurred_at,
    from placed
    where first_response_seconds is not null
    union all
    select
        conversation_id,
        hours_of,
        'resolved' as moment,
        resolved_at as occurred_at,
    from placed
    where resolution_seconds is not null
    union all
    select
        conversation_id,
        hours_of,
        'now' as moment,
        {{ as_of() }} as occurred_at,
    from placed
),

-- how long it had been open until then since the first day of all
counted as (
    select
        moments.conversation_id,
        moments.moment,
        case
            when moments.hours_of is not null
                then coalesce(
                    openings.milliseconds_before
                    + date_diff(
                        'millisecond',
                        openings.opens_at,
                        least(moments.occurred_at, openings.closes_at)
                    ),
                    0
                )
        end as open_milliseconds,
    from moments
    asof left join openings
        on moments.hours_of = openings.channel
        and moments.occurred_at >= openings.opens_at
),

gathered as (
    select
        conversation_id,
        max(open_milliseconds) filter (where moment = 'asked') as asked,
        max(open_milliseconds) filter (where moment = 'answered') as answered,
        max(open_milliseconds) filter (where moment = 'resolved') as resolved,
        max(open_milliseconds) filter (where moment = 'now') as known_until,
    from counted
    group by conversation_id
),

-- the channel's own line comes before the one for every channel
promised as (
    select
        conversations.conversation_id,
        targets.measure,
        targets.target_seconds,
    from conversations
    inner join {{ ref('service_targets') }} as targets
        on conversations.conversation_type = targets.conversation_type
        and targets.channel in (conversations.channel, '*')
    qualify row_number() over (
        partition by conversations.conversation_id, targets.measure
        order by targets.channel = '*'
    ) = 1
),

promises as (
    select
        conversation_id,
        max(target_seconds) filter (
            where measure = 'first_response'
        ) as first_response_target_seconds,
        max(target_seconds) filter (
            where measure = 'resolution'
        ) as resolution_target_seconds,
    from promised
    group by conversation_id
),

measured as (
    select
        conversations.conversation_id,
        conversations.status in ('resolved', 'bot_solved') as is_solved,
        coalesce(conversations.is_answer_told, false) as is_answer_told,
        cast((gathered.answered - gathered.asked) // 1000 as bigint)
            as first_response_business_seconds,
        cast((gathered.resolved - gathered.asked) // 1000 as bigint)
            as resolution_business_seconds,
        (gathered.known_until - gathered.asked) // 1000 as waited_seconds,
        promises.first_response_target_seconds,
        promises.resolution_target_seconds,
    from conversations
    inner join gathered
        on conversations.conversation_id = gathered.conversation_id
    left join promises
        on conversations.conversation_id = promises.conversation_id
),

-- a promise is broken once its time is over; before that, and where the moment is not
-- known, nothing can be said
final as (
    select
        conversation_id,
        first_response_business_seconds,
        resolution_business_seconds,
        first_response_target_seconds,
        resolution_target_seconds,
        case
            when first_response_business_seconds is not null
                then first_response_business_seconds <= first_response_target_seconds
            when
                is_answer_told
                and not is_solved
                and waited_seconds > first_response_target_seconds
                then false
        end as is_first_response_in_target,
        case
            when resolution_business_seconds is not null
                then resolution_business_seconds <= resolution_target_seconds
            when not is_solved and waited_seconds > resolution_target_seconds
                then false
        end as is_resolution_in_target,
    from measured
)

select * from final
