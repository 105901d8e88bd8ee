select
    *,
    cast({{ var('driver_horizon_days') }} as integer) as horizon_days,
    '1' as model_version,
from {{ ref('int_leaving_tested') }}
