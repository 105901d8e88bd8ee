{{ config(materialized='view') }}

select
    event_name,
    count(*) as event_count,
from {{ ref('stg_mixpanel__events') }}
group by all
