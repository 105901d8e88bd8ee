-- What people came for: a sign-up and a first order are a person's, a first payment is
-- the account's.
with persons as (
    select * from {{ ref('int_customers_described') }}
),

accounts as (
    select * from {{ ref('int_accounts_described') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

orders as (
    select * from {{ ref('int_orders_identified') }}
    where customer_id is not null
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

payments as (
    select
        account_identifiers.account_id,
        payments.amount,
        payments.currency_code,
    from {{ ref('int_payments_numbered') }} as payments
    inner join account_identifiers
        on payments.billing_customer_id = account_identifiers.identifier_value
    where payments.payment_number is not null
    qualify row_number() over (
        partition by account_identifiers.account_id
        order by payments.occurred_at, payments.transaction_id
    ) = 1
),

-- who paid before the first day that billing tells of was won nobody knows when
older as (
    select distinct account_id from {{ ref('int_mrr_movements_of_accounts') }}
    where movement_type = 'opening' and account_id is not null
),

sign_ups as (
    select
        'sign_up' as conversion_kind,
        touched.customer_id as subject_id,
        touched.customer_id,
        customer_accounts.account_id,
        touched.signed_up_at as converted_at,
        cast(null as decimal(18, 2)) as conversion_amount,
        cast(null as varchar) as currency_code,
        not coalesce(persons.is_internal, false) as is_attributed,
    from {{ ref('int_customers_touched') }} as touched
    left join persons
        on touched.customer_id = persons.customer_id
    left join customer_accounts
        on touched.customer_id = customer_accounts.customer_id
    where touched.signed_up_at is not null
),

first_orders as (
    select
        'first_order' as conversion_kind,
        orders.customer_id as subject_id,
        orders.customer_id,
        orders.account_id,
        orders.occurred_at as converted_at,
        cast(orders.order_amount as decimal(18, 2)) as conversion_amount,
        orders.currency_code,
        not coalesce(persons.is_internal, false) as is_attributed,
    from orders
    left join persons
        on orders.customer_id = persons.customer_id
    qualify row_number() over (
        partition by orders.customer_id order by orders.occurred_at, orders.order_id
    ) = 1
),

first_payments as (
    select
        'first_payment' as conversion_kind,
        first_paid.account_id as subject_id,
        cast(null as varchar) as customer_id,
        first_paid.account_id,
        first_paid.won_at as converted_at,
        cast(payments.amount as decimal(18, 2)) as conversion_amount,
        payments.currency_code,
        not coalesce(accounts.is_internal, false)
        and older.account_id is null as is_attributed,
    from {{ ref('int_accounts_first_paid') }} as first_paid
    left join accounts
        on first_paid.account_id = accounts.account_id
    left join older
        on first_paid.account_id = older.account_id
    left join payments
        on first_paid.account_id = payments.account_id
),

unioned as (
    select * from sign_ups
    union all
    select * from first_orders
    union all
    select * from first_payments
)

select
    conversion_kind || '|' || subject_id as conversion_id,
    *,
from unioned
