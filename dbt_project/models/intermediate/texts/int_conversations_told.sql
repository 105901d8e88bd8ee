with texts as (
    select
        texts.conversation_id,
        texts.occurred_at,
        nullif(scored.language, 'und') as language,
        scored.sentiment,
        scored.sentiment_score,
        coalesce(scored.topic, grouped.topic) as topic,
    from {{ ref('int_texts_unioned') }} as texts
    inner join {{ ref('int_texts_scored') }} as scored on texts.text = scored.text
    left join {{ ref('int_texts_grouped') }} as grouped on texts.text = grouped.text
    where texts.conversation_id is not null
),

counted as (
    select
        conversation_id,
        count(*) as text_count,
        count(sentiment_score) as scored_text_count,
        avg({{ addable_score('sentiment_score') }}) as sentiment_score,
    from texts
    group by conversation_id
),

-- what most of its texts are in; of several the last mood, the first language and topic
languages as (
    select
        conversation_id,
        language,
    from texts
    where language is not null
    group by conversation_id, language
    qualify row_number() over (
        partition by conversation_id
        order by count(*) desc, min(occurred_at), language
    ) = 1
),

moods as (
    select
        conversation_id,
        sentiment,
    from texts
    where sentiment is not null
    group by conversation_id, sentiment
    qualify row_number() over (
        partition by conversation_id
        order by count(*) desc, max(occurred_at) desc, sentiment
    ) = 1
),

topics as (
    select
        conversation_id,
        topic,
    from texts
    where topic is not null
    group by conversation_id, topic
    qualify row_number() over (
        partition by conversation_id
        order by count(*) desc, min(occurred_at), topic
    ) = 1
)

select
    counted.conversation_id,
    counted.text_count,
    counted.scored_text_count,
    counted.sentiment_score,
    languages.language,
    moods.sentiment,
    topics.topic,
from counted
left join languages on counted.conversation_id = languages.conversation_id
left join moods on counted.conversation_id = moods.conversation_id
left join topics on counted.conversation_id = topics.conversation_id
