{{ config(materialized='view') }}

select
    'activecampaign' as source,
    'email_marketing' as purpose,
    'mailing_contact_id' as identifier_type,
    'activecampaign' as identifier_namespace,
    contact_id as identifier_value,
    'contact_list' as record,
    contact_list_id as record_id,
    _dlt_load_id as load_id,
    status = 'active' as is_given,
    updated_at as stated_at,
from {{ ref('stg_activecampaign__contact_lists') }}
where
    not coalesce(is_deleted, false)
    -- who has not confirmed has said nothing yet; a bounce says nothing either
    and status in ('active', 'unsubscribed')
