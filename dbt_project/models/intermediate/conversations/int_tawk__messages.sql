{{ config(materialized='view') }}

select * from {{ ref('stg_tawk__messages') }}
