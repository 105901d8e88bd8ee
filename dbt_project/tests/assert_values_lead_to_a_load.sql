-- every value leads to the load that brought its record, but for an address that only
-- evidence remembers
select
    customer_id as entity_id,
    attribute,
    source,
    record_id,
from {{ ref('bridge_customer_values') }}
where load_id is null and source != 'identity'
union all
select
    account_id as entity_id,
    attribute,
    source,
    record_id,
from {{ ref('bridge_account_values') }}
where load_id is null and source != 'identity'
