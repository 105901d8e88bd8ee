select
    *,
    cast({{ var('driver_horizon_days') }} as integer) as horizon_days,
    cast({{ as_of() }} as date) as told_on,
    '1' as model_version,
from {{ ref('int_leaving_forecast') }}
