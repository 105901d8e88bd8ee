{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'deals') }}
),

renamed as (
    select
        id as deal_id,
        {{ json_text('payload', 'contact') }} as contact_id,
        {{ json_text('payload', 'title') }} as deal_name,
        {{ to_units(json_text('payload', 'value'), unread) }} as amount,
        upper({{ json_text('payload', 'currency') }}) as currency_code,
        case {{ json_text('payload', 'status') }}
            when '0' then 'open'
            when '1' then 'won'
            when '2' then 'lost'
        end as status,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'deals') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
