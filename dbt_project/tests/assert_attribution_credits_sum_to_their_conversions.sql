-- under every model and window a conversion is shared out completely, with its amount
with conversions as (
    select * from {{ ref('int_conversions_found') }}
    where is_attributed
),

settings as (
    select distinct
        window_days,
        attribution_model,
    from {{ ref('int_attribution_credits') }}
),

credited as (
    select
        window_days,
        attribution_model,
        conversion_id,
        sum(credit) as credit,
        sum(credited_amount) as credited_amount,
        min(credit) as smallest_credit,
    from {{ ref('int_attribution_credits') }}
    group by all
)

select
    conversions.conversion_id,
    settings.window_days,
    settings.attribution_model,
    credited.credit,
    credited.credited_amount,
from conversions
cross join settings
left join credited
    on conversions.conversion_id = credited.conversion_id
    and settings.window_days = credited.window_days
    and settings.attribution_model = credited.attribution_model
where
    coalesce(abs(credited.credit - 1) > 0.000000001, true)
    or credited.smallest_credit < 0
    or credited.credited_amount is distinct from conversions.conversion_amount
