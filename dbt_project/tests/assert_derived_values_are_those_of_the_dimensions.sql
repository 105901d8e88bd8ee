-- what is worked out from the record behind a value is the value, and none is missing
{% set of_persons = [
    'persona', 'journey_phase', 'product_first_used_at', 'product_last_used_at',
    'signed_up_at', 'onboarding_booked_at', 'acquisition_channel', 'first_campaign',
    'last_nps_score', 'last_csat_score', 'last_ces_score',
    'has_email_marketing_consent', 'has_analytics_consent', 'has_publication_consent',
    'account_plan_name', 'account_mrr_amount', 'account_customer_since',
    'account_renews_at', 'account_paid_amount', 'touchpoint_count',
    'conversation_count', 'order_count',
] %}
{% set of_accounts = [
    'plan_name', 'mrr_amount', 'customer_since', 'renews_at', 'paid_amount',
] %}

with stated as (
    {% for entity, key, columns in [
        ('customer', 'customer_id', of_persons), ('account', 'account_id', of_accounts),
    ] %}
    {% for column in columns %}
    select
        '{{ entity }}' as entity,
        {{ key }} as entity_id,
        '{{ column }}' as attribute,
        cast({{ column }} as varchar) as attribute_value,
    from {{ ref('dim_' ~ entity ~ 's') }}
    union all
    {% endfor %}
    {% endfor %}
    select
        null as entity,
        null as entity_id,
        null as attribute,
        null as attribute_value,
),

-- where nothing was ever counted or billed there is no record
expected as (
    select * from stated
    where attribute_value not in ('0', '0.00')
),

derived as (
    select
        'customer' as entity,
        customer_id as entity_id,
        attribute,
        attribute_value,
    from {{ ref('bridge_customer_values') }}
    where is_derived and is_chosen
    union all
    select
        'account' as entity,
        account_id as entity_id,
        attribute,
        attribute_value,
    from {{ ref('bridge_account_values') }}
    where is_derived and is_chosen
)

select
    expected.attribute_value as expected_value,
    derived.*,
from expected
full outer join derived
    on expected.entity = derived.entity
    and expected.entity_id = derived.entity_id
    and expected.attribute = derived.attribute
where
    expected.attribute_value is distinct from derived.attribute_value
    and coalesce(derived.attribute_value not in ('0', '0.00'), true)
