-- A visit counts where its source can tell where visits come from: of any other each
-- would look direct. A visit to nothing but the product is no contact with marketing,
-- unless a link brought it.
with sessions as (
    select * from {{ ref('int_sessions_built') }}
    where source in (
        {%- for source in offering('origins') %}
        '{{ source }}'{% if not loop.last %},{% endif %}
        {%- endfor %}
    )
),

outside_the_product as (
    select distinct session_id from {{ ref('int_touchpoints_sessionized') }}
    where session_id is not null and channel != 'app' and is_interaction
),

persons as (
    select * from {{ ref('int_customers_described') }}
    where not coalesce(is_internal, false)
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

final as (
    select
        sessions.session_id,
        sessions.customer_id,
        customer_accounts.account_id,
        sessions.started_at,
        sessions.acquisition_channel,
    from sessions
    inner join persons
        on sessions.customer_id = persons.customer_id
    left join outside_the_product
        on sessions.session_id = outside_the_product.session_id
    left join customer_accounts
        on sessions.customer_id = customer_accounts.customer_id
    where
        outside_the_product.session_id is not null
        or sessions.acquisition_channel != 'direct'
)

select * from final
