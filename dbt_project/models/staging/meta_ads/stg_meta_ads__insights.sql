with source as (
    select * from {{ source('meta_ads', 'insights') }}
),

-- every number comes as text
renamed as (
    select
        account_id as ad_account_id,
        campaign_id,
        {{ json_text('payload', 'campaign_name') }} as campaign_name,
        adset_id,
        {{ json_text('payload', 'adset_name') }} as adset_name,
        ad_id,
        {{ json_text('payload', 'ad_name') }} as ad_name,
        date_start as reported_date,
        try_cast({{ json_text('payload', 'impressions') }} as bigint)
            as impression_count,
        -- people, who are counted anew each day: neither adds up
        try_cast({{ json_text('payload', 'reach') }} as bigint) as reach_count,
        coalesce(try_cast({{ json_text('payload', 'clicks') }} as bigint), 0)
            as click_count,
        coalesce(
            try_cast({{ json_text('payload', 'inline_link_clicks') }} as bigint), 0
        ) as link_click_count,
        coalesce(
            try_cast({{ json_text('payload', 'spend') }} as decimal(18, 6)), 0
        ) as spend_amount,
        upper({{ json_text('payload', 'account_currency') }}) as currency_code,
        cast({{ meta_action('payload', ['post_reaction']) }} as bigint)
            as reaction_count,
        cast({{ meta_action('payload', ['comment']) }} as bigint) as comment_count,
        cast({{ meta_action('payload', ['post']) }} as bigint) as share_count,
        cast(
            {{ meta_action('payload', var('meta_conversion_actions')) }}
            as decimal(18, 4)
        ) as conversion_count,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
