-- when somebody of the company talked with a person: mass mailings are no talk
with conversations as (
    select * from {{ ref('int_conversations_identified') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
),

final as (
    select
        'conversation|' || conversation_id as talk_id,
        customer_id,
        account_id,
        first_agent_message_at as occurred_at,
    from conversations
    where first_agent_message_at is not null
    union all
    select
        'touchpoint|' || touchpoint_id as talk_id,
        customer_id,
        account_id,
        occurred_at,
    from touchpoints
    where
        is_interaction
        and (
            channel in ('phone', 'in_person')
            or (channel = 'email' and direction = 'outbound' and campaign is null)
        )
)

select * from final
