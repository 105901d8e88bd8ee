{{ config(materialized='view') }}

with billing_customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
    where not coalesce(is_deleted, false)
),

role_mailboxes as (
    select * from {{ ref('role_mailboxes') }}
),

-- who gets the invoices is a person, though a shared mailbox is nobody
final as (
    select distinct
        'email' as identifier_type,
        'global' as identifier_namespace,
        billing_customers.email as identifier_value,
        cast(null as timestamptz) as first_seen_at,
        cast(null as timestamptz) as last_seen_at,
    from billing_customers
    left join role_mailboxes
        on split_part(billing_customers.email, '@', 1) = role_mailboxes.mailbox
    where billing_customers.email is not null and role_mailboxes.mailbox is null
)

select * from final
