with collected as (
    {% for source, (record, column) in offered_besides('phones') %}
    select {{ column }} as phone_text
    from {{ ref('stg_' ~ source ~ '__' ~ record) }}
    union
    {% endfor %}
    select identifier_value as phone_text
    from {{ ref('int_touchpoints_unioned') }}
    where identifier_type = 'phone'
)

select * from collected
where phone_text is not null
