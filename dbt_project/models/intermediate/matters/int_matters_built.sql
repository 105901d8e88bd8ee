with contacts as (
    select * from {{ ref('int_matter_contacts_ordered') }}
),

costs as (
    select * from {{ ref('int_conversations_priced') }}
),

priced as (
    select
        contacts.*,
        costs.contact_cost_amount,
        costs.currency_code,
        contacts.status in ('resolved', 'bot_solved') as is_solved,
    from contacts
    left join costs
        on contacts.conversation_id = costs.conversation_id
),

summed as (
    select
        matter_id,
        customer_id,
        any_value(account_id) as account_id,
        any_value(topic) as topic,
        min(opened_at) as started_at,
        max(closed_at) as last_closed_at,
        max(resolved_at) as last_resolved_at,
        count(*) as contact_count,
        count(distinct channel) as channel_count,
        count(*) filter (where is_channel_switch) as channel_switch_count,
        count(*) filter (where is_channel_return) as channel_return_count,
        bool_or(is_solved and not is_followed_up) as is_resolved,
        bool_or(is_solved and contact_number = 1) as is_first_solved,
        bool_or(is_solved and is_followed_up) as is_reopened,
        arg_min(channel, contact_number) as first_channel,
        arg_max(channel, contact_number) as last_channel,
        -- what it costs is known where every contact's cost is, in one currency
        case
            when
                count(contact_cost_amount) = count(*)
                and count(distinct currency_code) = 1
                then cast(sum(contact_cost_amount) as decimal(18, 4))
        end as contact_cost_amount,
        case
            when count(distinct currency_code) = 1 then any_value(currency_code)
        end as currency_code,
    from priced
    group by matter_id, customer_id
),

on_first_channel as (
    select
        priced.matter_id,
        count(*) as first_channel_contact_count,
    from priced
    inner join summed
        on priced.matter_id = summed.matter_id
        and priced.channel = summed.first_channel
    group by priced.matter_id
),

decided as (
    select
        summed.*,
        coalesce(on_first_channel.first_channel_contact_count, 0)
            as first_channel_contact_count,
        case
            when summed.is_resolved then 'resolved'
            when
                summed.last_closed_at
                >= {{ as_of() }} - to_days({{ var('matter_days') }})
                then 'open'
            else 'abandoned'
        end as outcome,
    from summed
    left join on_first_channel
        on summed.matter_id = on_first_channel.matter_id
),

built as (
    select
        matter_id,
        customer_id,
        account_id,
        topic,
        'kette' as source,
        started_at as occurred_at,
        started_at,
        case outcome
            -- what was solved nobody knows when ended with its last word
            when 'resolved' then coalesce(last_resolved_at, last_closed_at)
            when 'abandoned' then last_closed_at
        end as ended_at,
        outcome,
        contact_count,
        channel_count,
        channel_switch_count,
        channel_return_count,
        outcome = 'resolved' and contact_count = 1 as is_solved_at_first_contact,
        is_first_solved and first_channel_contact_count = 1
            as is_solved_at_first_contact_on_channel,
        is_reopened,
        first_channel,
        last_channel,
        contact_cost_amount,
        currency_code,
    from decided
)

select * from built
