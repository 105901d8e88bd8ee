{% set unread = [] %}

with source as (
    select
        *,
        {{ json_text('properties', 'dealstage') }} as stage,
    from {{ source('hubspot', 'deals') }}
),

flagged as (
    select
        *,
        coalesce(
            {{ to_flag(json_text('properties', 'hs_is_closed')) }},
            stage in ('closedwon', 'closedlost'),
            false
        ) as is_closed,
        coalesce(
            {{ to_flag(json_text('properties', 'hs_is_closed_won')) }},
            stage = 'closedwon',
            false
        ) as is_won,
    from source
),

renamed as (
    select
        id as deal_id,
        {{ json_text('properties', 'dealname') }} as deal_name,
        {{ json_text('properties', 'pipeline') }} as pipeline,
        stage,
        {{ json_text('properties', 'dealtype') }} as deal_type,
        {{ json_text('properties', 'hubspot_owner_id') }} as owner_id,
        {{ to_money(json_text('properties', 'amount'), unread) }} as amount,
        {{ json_text('properties', 'deal_currency_code') }} as currency_code,
        {{ json_list('properties', 'hs_merged_object_ids') }} as merged_deal_ids,
        coalesce(
            {{ to_moment_or_day(json_text('properties', 'createdate'), unread) }},
            cast(created_at as timestamptz)
        ) as created_at,
        -- an open deal's closing date is a forecast
        case
            when is_closed
                then {{ to_moment_or_day(
                    json_text('properties', 'closedate'), unread
                ) }}
        end as closed_at,
        {{ to_moment_or_day(json_text('properties', 'closedate'), unread) }}
            as expected_close_at,
        cast(updated_at as timestamptz) as updated_at,
        is_closed,
        is_won,
        coalesce(archived, false) as is_archived,
        {{ is_gone('hubspot', 'deals') }} as is_deleted,
        try_cast(properties as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from flagged
)

select * from renamed
