{{ config(materialized='view') }}

-- whoever keeps a list of orders lists what was placed
select
    *,
    true as is_placed,
from {{ ref('stg_files__orders') }}
