with evidence as (
    select * from {{ ref('int_identity_evidence') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

profiles as (
    select * from {{ ref('stg_mixpanel__profiles') }}
    where not coalesce(is_deleted, false)
),

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

salesforce_contacts as (
    select * from {{ ref('stg_salesforce__contacts') }}
    where not is_deleted and created_at < {{ as_of() }}
),

salesforce_leads as (
    select * from {{ ref('stg_salesforce__leads') }}
    where not is_deleted and created_at < {{ as_of() }}
),

billing_customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
    where not coalesce(is_deleted, false)
),

account_rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'account'
),

role_mailboxes as (
    select * from {{ ref('role_mailboxes') }}
),

-- as they are compared, and as a file wrote them
fixed_lines as (
    select phone as phone_number from {{ ref('int_phone_numbers_normalised') }}
    where is_fixed_line
    union
    select phone_text as phone_number from {{ ref('int_phone_numbers_normalised') }}
    where is_fixed_line
),

linked as (
    {% for side in ['left', 'right'] %}
    select
        {{ side }}_type as identifier_type,
        {{ side }}_namespace as identifier_namespace,
        {{ side }}_value as identifier_value,
        first_seen_at,
        last_seen_at,
    from evidence
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

touched as (
    select
        touchpoints.identifier_type,
        touchpoints.identifier_namespace,
        touchpoints.identifier_value,
        min(touchpoints.occurred_at) as first_seen_at,
        max(touchpoints.occurred_at) as last_seen_at,
    from touchpoints
    left join account_rules
        on touchpoints.identifier_type = account_rules.identifier_type
    where account_rules.identifier_type is null
    group by all
),

-- records of people who have done nothing yet
profiled as (
    select
        case when user_id is not null then 'user_id' else 'device_id' end
            as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(user_id, device_id) as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from profiles
),

recorded as (
    select
        'crm_contact_id' as identifier_type,
        'hubspot' as identifier_namespace,
        contact_id as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
    union all
    select
        'crm_contact_id' as identifier_type,
        'salesforce' as identifier_namespace,
        contact_id as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from salesforce_contacts
    union all
    select
        'crm_lead_id' as identifier_type,
        'salesforce' as identifier_namespace,
        lead_id as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from salesforce_leads
),

-- who gets the invoices is a person, though a shared mailbox is nobody
billed as (
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        billing_customers.email as identifier_value,
        cast(null as timestamptz) as first_seen_at,
        cast(null as timestamptz) as last_seen_at,
    from billing_customers
    left join role_mailboxes
        on split_part(billing_customers.email, '@', 1) = role_mailboxes.mailbox
    where role_mailboxes.mailbox is null
),

unioned as (
    select * from linked
    union all
    select * from touched
    union all
    select * from profiled
    union all
    select * from recorded
    union all
    select * from billed
),

seen as (
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
    from unioned
    where identifier_value is not null and identifier_value != ''
    group by all
),

-- an office's mailbox and a fixed line are used by several people
final as (
    select
        seen.*,
        role_mailboxes.mailbox is not null
        or fixed_lines.phone_number is not null as is_shared,
    from seen
    left join role_mailboxes
        on seen.identifier_type = 'email'
        and split_part(seen.identifier_value, '@', 1) = role_mailboxes.mailbox
    left join fixed_lines
        on seen.identifier_type = 'phone'
        and seen.identifier_value = fixed_lines.phone_number
)

select * from final
