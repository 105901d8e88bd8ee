{% set sources = [
    'meta_ads',
    'google_ads',
    'linkedin_pages',
] %}

with unioned as (
    {% for source in sources %}
    select * from {{ ref('int_' ~ source ~ '__marketing_days') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

final as (
    select
        md5(
            concat_ws(
                '|',
                source,
                channel,
                marketing_account_id,
                coalesce(campaign_id, ''),
                reported_date,
                currency_code
            )
        ) as marketing_day_id,
        *,
    from unioned
    where reported_date < cast('{{ var("as_of") }}' as date)
)

select * from final
