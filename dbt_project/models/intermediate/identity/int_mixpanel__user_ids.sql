{{ config(materialized='view') }}

select distinct user_id from {{ ref('stg_mixpanel__events') }}
where user_id is not null
