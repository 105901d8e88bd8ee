{% set setting = json_text('payload', 'churn_when_zero_mrr') %}

with source as (
    select
        *,
        {{ json_text('payload', 'time_zone') }} as given_time_zone,
        -- a word, a flag or an object, by the age of the account
        lower(
            coalesce(
                {{ json_text('payload', 'churn_when_zero_mrr/enabled') }},
                {{ setting }}
            )
        ) as churn_when_zero_mrr,
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
        -- whether a customer whose MRR falls to zero has left; untold, it has not
        coalesce(churn_when_zero_mrr, 'ignore') not in ('ignore', 'false', 'off', 'no')
            as has_left_at_zero_mrr,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
