with invitations as (
    select * from {{ ref('int_survey_invitations_unioned') }}
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
        invitations.*,
        customer_identifiers.customer_id,
        coalesce(
            customer_accounts.account_id, account_identifiers.account_id
        ) as account_id,
    from invitations
    left join customer_identifiers
        on invitations.identifier_type = customer_identifiers.identifier_type
        and invitations.identifier_namespace = customer_identifiers.identifier_namespace
        and invitations.identifier_value = customer_identifiers.identifier_value
    left join account_identifiers
        on invitations.identifier_type = account_identifiers.identifier_type
        and invitations.identifier_namespace = account_identifiers.identifier_namespace
        and invitations.identifier_value = account_identifiers.identifier_value
    left join customer_accounts
        on customer_identifiers.customer_id = customer_accounts.customer_id
)

select * from identified
