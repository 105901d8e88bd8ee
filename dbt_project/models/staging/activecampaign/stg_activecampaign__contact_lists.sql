with source as (
    select * from {{ source('activecampaign', 'contact_lists') }}
),

renamed as (
    select
        id as contact_list_id,
        {{ json_text('payload', 'contact') }} as contact_id,
        {{ json_text('payload', 'list') }} as list_id,
        case {{ json_text('payload', 'status') }}
            when '0' then 'unconfirmed'
            when '1' then 'active'
            when '2' then 'unsubscribed'
            when '3' then 'bounced'
        end as status,
        nullif({{ json_text('payload', 'campaign') }}, '0') as campaign_id,
        {{ json_text('payload', 'unsubreason') }} as unsubscribe_reason,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'contact_lists') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
