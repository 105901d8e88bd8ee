with journeys as (
    select * from {{ ref('int_journeys_unioned') }}
),

contacts as (
    select
        conversations.conversation_id,
        conversations.customer_id,
        conversations.account_id,
        conversations.channel,
        priced.contact_cost_amount,
        priced.currency_code,
        coalesce(conversations.first_customer_message_at, conversations.started_at)
            as opened_at,
    from {{ ref('int_conversations_identified') }} as conversations
    left join {{ ref('int_conversations_priced') }} as priced
        on conversations.conversation_id = priced.conversation_id
),

chained as (
    select
        conversation_id,
        journey_id,
    from {{ ref('int_conversations_chained') }}
),

-- a problem is its conversations; another way has those of the time that it took
met as (
    select
        chained.journey_id,
        contacts.*,
    from contacts
    inner join chained
        on contacts.conversation_id = chained.conversation_id
    union all
    select
        journeys.journey_id,
        contacts.*,
    from journeys
    inner join contacts
        on journeys.customer_id = contacts.customer_id
        and journeys.started_at <= contacts.opened_at
        and contacts.opened_at <= coalesce(journeys.ended_at, {{ as_of() }})
    where journeys.journey_type in ('acquisition', 'onboarding')
    union all
    select
        journeys.journey_id,
        contacts.*,
    from journeys
    inner join contacts
        on journeys.account_id = contacts.account_id
        and journeys.started_at <= contacts.opened_at
        and contacts.opened_at <= coalesce(journeys.ended_at, {{ as_of() }})
    where journeys.journey_type = 'renewal'
),

compared as (
    select
        *,
        lag(channel) over (
            partition by journey_id
            order by opened_at, conversation_id
        ) as previous_channel,
    from met
),

summed as (
    select
        journey_id,
        count(*) as contact_count,
        count(*) filter (where channel != previous_channel) as hand_over_count,
        case
            when
                count(contact_cost_amount) = count(*)
                and count(distinct currency_code) = 1
                then cast(sum(contact_cost_amount) as decimal(18, 4))
        end as contact_cost_amount,
        case
            when count(distinct currency_code) = 1 then any_value(currency_code)
        end as currency_code,
    from compared
    group by journey_id
),

final as (
    select
        journeys.*,
        coalesce(summed.contact_count, 0) as contact_count,
        coalesce(summed.hand_over_count, 0) as hand_over_count,
        case
            when summed.journey_id is null then cast(0 as decimal(18, 4))
            else summed.contact_cost_amount
        end as contact_cost_amount,
        summed.currency_code,
        journeys.outcome = 'open' as is_censored,
        {{ seconds_between('journeys.started_at', 'journeys.ended_at') }}
            as duration_seconds,
        {{ seconds_between(
            'journeys.started_at', 'coalesce(journeys.ended_at, ' ~ as_of() ~ ')'
        ) }} as observed_seconds,
    from journeys
    left join summed
        on journeys.journey_id = summed.journey_id
)

select * from final
