{{ config(materialized='view') }}

select
    'salesforce' as source,
    'email_marketing' as purpose,
    'crm_contact_id' as identifier_type,
    'salesforce' as identifier_namespace,
    contact_id as identifier_value,
    'contact' as record,
    contact_id as record_id,
    _dlt_load_id as load_id,
    false as is_given,
    updated_at as stated_at,
from {{ ref('stg_salesforce__contacts') }}
-- the field is false where nobody was asked: only a refusal is a statement
where not is_deleted and has_opted_out_of_email
