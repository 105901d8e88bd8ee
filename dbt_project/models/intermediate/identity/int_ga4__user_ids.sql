{{ config(materialized='view') }}

select distinct user_id from {{ ref('stg_ga4__events') }}
where user_id is not null
