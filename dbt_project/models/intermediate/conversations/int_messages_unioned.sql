{{ config(materialized='view') }}

{{ union_of('messages', is_named=true) }}
