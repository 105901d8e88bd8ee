select * from {{ ref('int_sessions_built') }}
