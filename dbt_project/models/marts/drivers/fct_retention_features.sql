select * from {{ ref('int_retention_features') }}
