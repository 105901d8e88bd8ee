-- What went wrong around an attempt that was given up, and what its person said: of
-- both the nearest to where it stopped.
with attempts as (
    select * from {{ ref('int_attempts_found') }}
),

given_up as (
    select
        *,
        started_at
        - to_milliseconds({{ var('abandonment_reason_minutes') * 60000 }})
            as looked_from,
        last_touched_at
        + to_milliseconds({{ var('abandonment_reason_minutes') * 60000 }})
            as looked_until,
    from attempts
    where outcome = 'abandoned'
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

friction as (
    select * from {{ ref('int_touchpoints_phased') }}
    where is_friction
),

-- what happens to an account, such as a failed payment, happens to its people
frictions as (
    select
        touchpoint_id,
        customer_id,
        touchpoint,
        occurred_at,
    from friction
    where customer_id is not null
    union all
    select
        friction.touchpoint_id,
        customer_accounts.customer_id,
        friction.touchpoint,
        friction.occurred_at,
    from friction
    inner join customer_accounts
        on friction.account_id = customer_accounts.account_id
    where friction.customer_id is null
),

conversations as (
    select
        *,
        coalesce(first_customer_message_at, started_at) as opened_at,
    from {{ ref('int_conversations_identified') }}
),

nearest_friction as (
    select
        given_up.attempt_id,
        frictions.touchpoint,
        frictions.occurred_at,
    from given_up
    inner join frictions
        on given_up.customer_id = frictions.customer_id
        and given_up.looked_from <= frictions.occurred_at
        and given_up.looked_until >= frictions.occurred_at
    qualify row_number() over (
        partition by given_up.attempt_id
        order by
            abs(
                date_diff('second', given_up.last_touched_at, frictions.occurred_at)
            ),
            frictions.touchpoint_id
    ) = 1
),

nearest_conversation as (
    select
        given_up.attempt_id,
        conversations.conversation_id,
        conversations.source,
        conversations.source_record_id,
        conversations.subject,
        conversations.opened_at,
    from given_up
    inner join conversations
        on given_up.customer_id = conversations.customer_id
        and given_up.looked_from <= conversations.opened_at
        and given_up.looked_until >= conversations.opened_at
    qualify row_number() over (
        partition by given_up.attempt_id
        order by
            abs(
                date_diff('second', given_up.last_touched_at, conversations.opened_at)
            ),
            conversations.conversation_id
    ) = 1
),

first_messages as (
    select
        source,
        chat_id,
        arg_min(text, (occurred_at, message_index)) as text,
    from {{ ref('int_messages_classified') }}
    where sender_kind = 'customer'
    group by all
),

final as (
    select
        attempts.attempt_id,
        attempts.customer_id,
        attempts.account_id,
        attempts.attempt_kind,
        attempts.source,
        attempts.channel,
        attempts.started_at as occurred_at,
        attempts.started_at,
        attempts.last_touchpoint,
        attempts.last_touched_at,
        attempts.touchpoint_count,
        attempts.outcome,
        attempts.completed_at,
        nearest_friction.touchpoint as friction_touchpoint,
        nearest_friction.occurred_at as friction_at,
        nearest_conversation.conversation_id,
        nearest_conversation.opened_at as conversation_at,
        coalesce(first_messages.text, nearest_conversation.subject) as customer_words,
        attempts.began_again_at,
        attempts.completed_later_at,
    from attempts
    left join nearest_friction
        on attempts.attempt_id = nearest_friction.attempt_id
    left join nearest_conversation
        on attempts.attempt_id = nearest_conversation.attempt_id
    left join first_messages
        on nearest_conversation.source = first_messages.source
        and nearest_conversation.source_record_id = first_messages.chat_id
)

select * from final
