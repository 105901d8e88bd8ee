with texts as (
    select * from {{ ref('fct_texts') }}
),

topics as (
    select * from {{ ref('topics') }}
),

found as (
    select distinct
        topic,
        words,
    from {{ ref('int_texts_grouped') }}
),

named as (
    select
        topic,
        label_en,
        label_de,
        false as is_found,
    from topics
    union all
    select
        topic,
        words as label_en,
        words as label_de,
        true as is_found,
    from found
),

-- the newest say best what a topic is about today
examples as (
    select
        topic,
        count(*) as text_count,
        list(text_id order by occurred_at desc, text_id asc)[1:5] as example_text_ids,
    from texts
    where topic is not null
    group by topic
),

final as (
    select
        named.topic,
        named.label_en,
        named.label_de,
        named.is_found,
        coalesce(examples.text_count, 0) as text_count,
        examples.example_text_ids,
    from named
    left join examples on named.topic = examples.topic
)

select * from final
