with files as (
    select * from {{ ref('stg_files__orders') }}
),

woocommerce as (
    select * from {{ ref('int_woocommerce__orders') }}
    where is_placed
),

{% for source in ['files', 'woocommerce'] %}
from_{{ source }} as (
    select
        row_id,
        source,
        order_id,
        ordered_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        quantity,
        order_amount,
        currency_code,
        properties,
        _dlt_load_id as load_id,
    from {{ source }}
),
{% endfor %}

unioned as (
    select * from from_files
    union all
    select * from from_woocommerce
)

select * from unioned
where ordered_at < {{ as_of() }}
