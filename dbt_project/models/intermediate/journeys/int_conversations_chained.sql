with conversations as (
    select
        *,
        coalesce(first_customer_message_at, started_at) as opened_at,
        -- a vendor may say that a matter was solved before the customer wrote
        greatest(
            coalesce(resolved_at, last_activity_at),
            coalesce(first_customer_message_at, started_at)
        ) as closed_at,
    from {{ ref('int_conversations_identified') }}
    where customer_id is not null
),

-- the longest running of the earlier ones counts, not just the previous one
compared as (
    select
        *,
        max(closed_at) over (
            partition by customer_id
            order by opened_at, conversation_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_closed_at,
    from conversations
),

numbered as (
    select
        *,
        sum(
            case
                when earlier_closed_at is null then 1
                when
                    opened_at
                    > earlier_closed_at
                    + interval {{ var('support_idle_hours') }} hour
                    then 1
                else 0
            end
        ) over (
            partition by customer_id
            order by opened_at, conversation_id
            rows between unbounded preceding and current row
        ) as chain_number,
    from compared
),

chained as (
    select
        * exclude (earlier_closed_at, chain_number),
        'j_' || md5(
            'support|' || first_value(conversation_id) over (
                partition by customer_id, chain_number
                order by opened_at, conversation_id
            )
        ) as journey_id,
        row_number() over (
            partition by customer_id, chain_number
            order by opened_at desc, conversation_id desc
        ) = 1 as is_last,
    from numbered
)

select * from chained
