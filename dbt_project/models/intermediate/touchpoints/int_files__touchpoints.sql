with given as (
    select * from {{ ref('stg_files__touchpoints') }}
),

orders as (
    select * from {{ ref('stg_files__orders') }}
),

origins as (
    select
        files.row_id,
        classified.acquisition_channel,
    from {{ ref('int_files__origins') }} as files
    inner join {{ ref('int_origins_classified') }} as classified
        on files.origin_id = classified.origin_id
),

from_touchpoints as (
    select
        given.source,
        given.row_id as source_record_id,
        given.occurred_at,
        given.identifier_type,
        given.identifier_namespace,
        given.identifier_value,
        given.channel,
        given.touchpoint,
        given.direction,
        given.session_hint,
        given.campaign,
        given.content,
        given.value_amount,
        given.currency_code,
        case
            when origins.row_id is null then given.properties
            -- what the file itself calls the channel stays
            else json_merge_patch(
                json_object('acquisition_channel', origins.acquisition_channel),
                given.properties
            )
        end as properties,
        given._dlt_load_id as load_id,
    from given
    left join origins
        on given.row_id = origins.row_id
),

from_orders as (
    select
        source,
        row_id as source_record_id,
        ordered_at as occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        'website' as channel,
        'order_placed' as touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        cast(null as varchar) as content,
        order_amount as value_amount,
        currency_code,
        properties,
        _dlt_load_id as load_id,
    from orders
),

touchpoints as (
    select * from from_touchpoints
    union all
    select * from from_orders
)

select * from touchpoints
