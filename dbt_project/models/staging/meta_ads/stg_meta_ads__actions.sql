-- Meta sends the actions of an ad's day inside its figures, and leaves out what did not
-- occur; one event may stand there under several names
with source as (
    select
        *,
        unnest({{ json_list_of('payload', 'actions') }}) as entry,
    from {{ source('meta_ads', 'insights') }}
),

renamed as (
    select
        account_id as ad_account_id,
        campaign_id,
        adset_id,
        ad_id,
        date_start as reported_date,
        {{ json_text('entry', 'action_type') }} as action_type,
        sum({{ to_money(json_text('entry', 'value'), scale=4) }}) as action_count,
        any_value(_dlt_load_id) as _dlt_load_id,
    from source
    group by all
)

select
    md5(concat_ws('|', campaign_id, adset_id, ad_id, reported_date, action_type))
        as action_id,
    *,
from renamed
where action_type is not null
