with conversations as (
    select
        conversation_id,
        channel,
        {{ business_date('started_at') }} as started_date,
    from {{ ref('int_conversations_unioned') }}
),

rates as (
    select * from {{ ref('cost_per_contact') }}
),

-- the channel's own line comes before the one for every channel, the latest first
priced as (
    select
        conversations.conversation_id,
        rates.cost_amount as contact_cost_amount,
        upper(rates.currency_code) as currency_code,
    from conversations
    inner join rates
        on rates.channel in (conversations.channel, '*')
        and conversations.started_date >= rates.valid_from
    qualify row_number() over (
        partition by conversations.conversation_id
        order by rates.channel = '*', rates.valid_from desc
    ) = 1
)

select * from priced
