select
    *,
    false as is_derived,
from {{ ref('int_customer_values') }}
union all by name
select
    *,
    false as is_doubtful,
    true as is_derived,
from {{ ref('int_customer_values_derived') }}
