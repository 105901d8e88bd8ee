{# The rows of a model with the person and the account that their identifier belongs to, as a whole
   statement: the person's account, or the one that the identifier itself names. #}
{% macro identified(model) -%}
with records as (
    select * from {{ ref(model) }}
),

customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

identified as (
    select
        records.*,
        customer_identifiers.customer_id,
        coalesce(
            customer_accounts.account_id, account_identifiers.account_id
        ) as account_id,
    from records
    left join customer_identifiers
        on records.identifier_type = customer_identifiers.identifier_type
        and records.identifier_namespace = customer_identifiers.identifier_namespace
        and records.identifier_value = customer_identifiers.identifier_value
    left join account_identifiers
        on records.identifier_type = account_identifiers.identifier_type
        and records.identifier_namespace = account_identifiers.identifier_namespace
        and records.identifier_value = account_identifiers.identifier_value
    left join customer_accounts
        on customer_identifiers.customer_id = customer_accounts.customer_id
)

select * from identified
{%- endmacro %}
