-- identities and catalogues join on keys: a key met twice would multiply money
-- and counts
{% set measures = [
    ('fct_touchpoints', 'count(*)', 'int_touchpoints_unioned', 'true'),
    ('fct_touchpoints', 'sum(value_amount)', 'int_touchpoints_unioned', 'true'),
    ('fct_conversations', 'count(*)', 'int_conversations_unioned', 'true'),
    ('fct_bookings', 'count(*)', 'int_bookings_unioned', 'true'),
    ('fct_orders', 'sum(order_amount)', 'int_orders_unioned', 'true'),
    ('fct_invoices', 'sum(total_amount)', 'stg_chartmogul__invoices',
        'not is_deleted and invoiced_at < ' ~ as_of()),
    ('fct_mrr_movements', 'sum(mrr_change_amount)', 'stg_chartmogul__activities', 'true'),
    ('fct_deals', 'count(*)', 'int_deals_unioned', 'true'),
] %}

with measures as (
    {% for mart, measure, origin, condition in measures %}
    select
        '{{ mart }}: {{ measure }}' as measure,
        (select {{ measure }} from {{ ref(mart) }}) as found,
        (
            select {{ measure }} from {{ ref(origin) }}
            where {{ condition }}
        ) as expected,
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from measures
where coalesce(found, 0) != coalesce(expected, 0)
