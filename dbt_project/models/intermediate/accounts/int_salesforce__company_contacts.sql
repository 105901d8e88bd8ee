{{ config(materialized='view') }}

select
    contact_id,
    company_id,
    false as is_primary,
from {{ ref('stg_salesforce__contacts') }}
where not is_deleted and company_id is not null
