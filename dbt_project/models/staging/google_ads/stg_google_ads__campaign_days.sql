{% set unread = [] %}

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
        {{ to_count(google_metric('impressions'), unread) }} as impression_count,
        {{ to_count(google_metric('clicks'), unread) }} as click_count,
        -- a millionth of the currency, whatever its own decimals
        {{ cast_or_note(
            google_metric('costMicros'),
            money_of(
                "try_cast(" ~ google_metric('costMicros') ~ " as decimal(18, 0)) * 0.000001", 6
            ),
            unread
        ) }} as spend_amount,
        upper({{ json_text('payload', 'customer/currencyCode') }}) as currency_code,
        {{ to_money(google_metric('conversions'), unread, scale=4) }}
            as conversion_count,
        {{ to_money(google_metric('conversionsValue'), unread, scale=4) }}
            as conversion_value_amount,
        {{ to_count(google_metric('viewThroughConversions'), unread) }}
            as view_through_conversion_count,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
