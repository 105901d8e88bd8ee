with source as (
    select * from {{ source('google_ads', 'campaign_days') }}
),

-- figures of nothing are left out; whole numbers come as text, fractions as numbers
renamed as (
    select
        customer_id as ad_account_id,
        campaign_id,
        {{ json_text('payload', 'campaign/name') }} as campaign_name,
        {{ json_text('payload', 'campaign/status') }} as campaign_status,
        {{ json_text('payload', 'campaign/advertisingChannelType') }}
            as campaign_type,
        date as reported_date,
        {{ google_metric('impressions', 'bigint') }} as impression_count,
        {{ google_metric('clicks', 'bigint') }} as click_count,
        -- a millionth of the currency, whatever its own decimals
        cast(
            {{ google_metric('costMicros', 'decimal(18, 0)') }} * 0.000001
            as decimal(18, 6)
        ) as spend_amount,
        upper({{ json_text('payload', 'customer/currencyCode') }}) as currency_code,
        {{ google_metric('conversions', 'decimal(18, 4)') }} as conversion_count,
        {{ google_metric('conversionsValue', 'decimal(18, 4)') }}
            as conversion_value_amount,
        {{ google_metric('viewThroughConversions', 'bigint') }}
            as view_through_conversion_count,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
