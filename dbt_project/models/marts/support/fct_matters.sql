select * from {{ ref('int_matters_built') }}
