{% set unread = [] %}

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
        {{ to_count(json_text('payload', 'impressions'), unread) }}
            as impression_count,
        -- people, who are counted anew each day: neither adds up
        {{ to_count(json_text('payload', 'reach'), unread) }} as reach_count,
        {{ to_count(meta_figure('clicks'), unread) }} as click_count,
        {{ to_count(meta_figure('inline_link_clicks'), unread) }} as link_click_count,
        {{ to_money(meta_figure('spend'), unread, scale=6) }} as spend_amount,
        upper({{ json_text('payload', 'account_currency') }}) as currency_code,
        {{ meta_action('payload', ['post_reaction'], unread) }} as reaction_count,
        {{ meta_action('payload', ['comment'], unread) }} as comment_count,
        {{ meta_action('payload', ['post'], unread) }} as share_count,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
