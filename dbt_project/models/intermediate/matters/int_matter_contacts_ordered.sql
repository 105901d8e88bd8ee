with conversations as (
    select
        conversations.conversation_id,
        conversations.customer_id,
        conversations.account_id,
        conversations.channel,
        conversations.status,
        conversations.resolved_at,
        told.topic,
        coalesce(conversations.first_customer_message_at, conversations.started_at)
            as opened_at,
        coalesce(conversations.resolved_at, conversations.last_activity_at)
            as closed_at,
    from {{ ref('int_conversations_identified') }} as conversations
    left join {{ ref('int_conversations_told') }} as told
        on conversations.conversation_id = told.conversation_id
    where conversations.customer_id is not null
),

-- whoever does not say what it is about goes on with what they last asked about
about as (
    select
        * exclude (topic),
        coalesce(
            topic,
            last_value(topic ignore nulls) over (
                partition by customer_id
                order by opened_at, conversation_id
                rows between unbounded preceding and 1 preceding
            )
        ) as topic,
    from conversations
),

-- the longest running of the earlier ones counts, not just the previous one
compared as (
    select
        *,
        max(closed_at) over (
            partition by customer_id, topic
            order by opened_at, conversation_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_closed_at,
    from about
),

numbered as (
    select
        *,
        sum(
            case
                when earlier_closed_at is null then 1
                when
                    opened_at > earlier_closed_at + to_days({{ var('matter_days') }})
                    then 1
                else 0
            end
        ) over (
            partition by customer_id, topic
            order by opened_at, conversation_id
            rows between unbounded preceding and current row
        ) as matter_number,
    from compared
),

named as (
    select
        * exclude (earlier_closed_at, matter_number),
        'm_' || md5(
            first_value(conversation_id) over (
                partition by customer_id, topic, matter_number
                order by opened_at, conversation_id
            )
        ) as matter_id,
    from numbered
),

ordered as (
    select
        *,
        row_number() over contacts as contact_number,
        lag(channel) over contacts as previous_channel,
        lead(conversation_id) over contacts is not null as is_followed_up,
        row_number() over (
            partition by matter_id, channel
            order by opened_at, conversation_id
        ) as channel_contact_number,
    from named
    window contacts as (partition by matter_id order by opened_at, conversation_id)
),

final as (
    select
        *,
        coalesce(channel != previous_channel, false) as is_channel_switch,
        coalesce(channel != previous_channel, false)
        and channel_contact_number > 1 as is_channel_return,
    from ordered
)

select * from final
