-- identities and catalogues join on keys: a key met twice would multiply money and counts
with measures as (
    select
        'fct_touchpoints' as model,
        (select count(*) from {{ ref('fct_touchpoints') }}) as found,
        (select count(*) from {{ ref('int_touchpoints_unioned') }}) as expected,
    union all
    select
        'fct_touchpoints.value_amount',
        (select sum(value_amount) from {{ ref('fct_touchpoints') }}),
        (select sum(value_amount) from {{ ref('int_touchpoints_unioned') }}),
    union all
    select
        'fct_conversations',
        (select count(*) from {{ ref('fct_conversations') }}),
        (select count(*) from {{ ref('int_conversations_unioned') }}),
    union all
    select
        'fct_orders.order_amount',
        (select sum(order_amount) from {{ ref('fct_orders') }}),
        (
            select sum(order_amount) from {{ ref('stg_files__orders') }}
            where ordered_at < {{ as_of() }}
        ),
    union all
    select
        'fct_invoices.total_amount',
        (select sum(total_amount) from {{ ref('fct_invoices') }}),
        (
            select sum(total_amount) from {{ ref('stg_chartmogul__invoices') }}
            where not is_deleted and invoiced_at < {{ as_of() }}
        ),
    union all
    select
        'fct_mrr_movements.mrr_change_amount',
        (select sum(mrr_change_amount) from {{ ref('fct_mrr_movements') }}),
        (select sum(mrr_change_amount) from {{ ref('stg_chartmogul__activities') }}),
    union all
    select
        'fct_deals',
        (select count(*) from {{ ref('fct_deals') }}),
        (
            select count(*) from {{ ref('stg_hubspot__deals') }}
            where not is_archived and created_at < {{ as_of() }}
        ),
)

select * from measures
where found is distinct from expected
