select * from {{ ref('int_attempts_explained') }}
