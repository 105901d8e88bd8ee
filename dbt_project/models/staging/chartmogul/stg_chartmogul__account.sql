with source as (
    select
        *,
        {{ json_text('payload', 'time_zone') }} as given_time_zone,
    from {{ source('chartmogul', 'account') }}
),

renamed as (
    select
        id as billing_account_id,
        {{ json_text('payload', 'name') }} as billing_account_name,
        {{ json_text('payload', 'currency') }} as currency_code,
        -- a name that no clock knows is as good as none
        case
            when
                given_time_zone in (
                    select zones.name from pg_timezone_names() as zones
                )
                then given_time_zone
        end as time_zone,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
