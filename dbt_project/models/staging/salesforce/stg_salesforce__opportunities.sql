{% set unread = [] %}

with source as (
    select * from {{ source('salesforce', 'opportunities') }}
),

renamed as (
    select
        id as opportunity_id,
        {{ json_text('payload', 'AccountId') }} as company_id,
        {{ json_text('payload', 'ContactId') }} as contact_id,
        {{ json_text('payload', 'Name') }} as opportunity_name,
        {{ json_text('payload', 'StageName') }} as stage,
        {{ json_text('payload', 'Type') }} as opportunity_type,
        {{ to_money(json_text('payload', 'Amount'), unread) }} as amount,
        -- an org with one currency does not name it
        coalesce(
            {{ json_text('payload', 'CurrencyIsoCode') }},
            '{{ var("salesforce_currency") }}'
        ) as currency_code,
        coalesce({{ to_flag(json_text('payload', 'IsClosed')) }}, false)
            as is_closed,
        coalesce({{ to_flag(json_text('payload', 'IsWon')) }}, false)
            as is_won,
        -- an open opportunity's closing date is a forecast
        case
            when {{ to_flag(json_text('payload', 'IsClosed')) }}
                then {{ to_moment(json_text('payload', 'CloseDate'), unread) }}
        end as closed_at,
        {{ to_day(json_text('payload', 'CloseDate'), unread) }}
            as expected_close_date,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'opportunities') }} as is_deleted,
        try_cast(payload as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
