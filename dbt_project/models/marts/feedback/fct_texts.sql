with texts as (
    select * from {{ ref('int_texts_unioned') }}
),

scored as (
    select * from {{ ref('int_texts_scored') }}
),

grouped as (
    select * from {{ ref('int_texts_grouped') }}
),

final as (
    select
        texts.text_id,
        texts.text_kind,
        texts.customer_id,
        texts.account_id,
        texts.occurred_at,
        texts.source,
        texts.source_record_id,
        texts.conversation_id,
        texts.message_id,
        texts.answer_id,
        scored.language,
        scored.sentiment,
        scored.sentiment_score,
        scored.scorer,
        coalesce(scored.topic, grouped.topic) as topic,
    from texts
    inner join scored on texts.text = scored.text
    left join grouped on texts.text = grouped.text
)

select * from final
