with unioned as (
    {% for source, record in offered_besides('casts') %}
    select
        '{{ source }}' as source,
        '{{ record }}' as record,
        unnest(unread_values) as unread,
    from {{ ref('stg_' ~ source ~ '__' ~ record) }}
    where unread_values is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

named as (
    select
        source,
        record,
        unread.field,
        -- what it looked like, and not what it said: it may be about a person
        left(
            regexp_replace(
                regexp_replace(unread.text, '[\p{L}\p{M}]', 'x', 'g'),
                '\p{N}', '9', 'g'
            ),
            40
        ) as example,
    from unioned
),

final as (
    select
        source || '|' || record || '|' || field as unread_value_id,
        source,
        record,
        field,
        count(*) as value_count,
        min(example) as example,
    from named
    group by all
)

select * from final
