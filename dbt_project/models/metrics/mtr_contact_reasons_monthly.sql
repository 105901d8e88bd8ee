with conversations as (
    select
        coalesce(conversations.topic, 'unknown') as topic,
        conversations.sentiment,
        conversations.status,
        conversations.is_followed_up,
        {{ business_month('conversations.started_at') }} as period_start,
    from {{ ref('fct_conversations') }} as conversations
    left join {{ ref('dim_customers') }} as customers
        on conversations.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

final as (
    select
        period_start,
        topic,
        count(*) as conversation_count,
        count(sentiment) as judged_count,
        count(*) filter (where sentiment = 'negative') as negative_count,
        count(*) filter (where status in ('resolved', 'bot_solved')) as solved_count,
        count(is_followed_up) as known_count,
        count(*) filter (where is_followed_up) as followed_up_count,
    from conversations
    group by period_start, topic
)

select * from final
