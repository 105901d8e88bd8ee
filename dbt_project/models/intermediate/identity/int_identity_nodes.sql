{# A table, since clusters and the marts read it. #}
{{ config(materialized='table') }}

with evidence as (
    select * from {{ ref('int_identity_evidence') }}
),

events as (
    select * from {{ ref('stg_mixpanel__events') }}
    where occurred_at < {{ as_of() }}
),

profiles as (
    select * from {{ ref('stg_mixpanel__profiles') }}
),

contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where created_at < {{ as_of() }}
),

chats as (
    select * from {{ ref('stg_tawk__chats') }}
    where not coalesce(is_deleted, false) and started_at < {{ as_of() }}
),

tickets as (
    select * from {{ ref('stg_tawk__tickets') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

billing_customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
    where not coalesce(is_deleted, false)
),

files as (
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        occurred_at,
    from {{ ref('int_files__touchpoints') }}
    where occurred_at < {{ as_of() }}
),

rules as (
    select * from {{ ref('identity_rules') }}
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

mixpanel as (
    select
        'user_id' as identifier_type,
        'mixpanel' as identifier_namespace,
        user_id as identifier_value,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
    from events
    group by all
    union all
    select
        'device_id' as identifier_type,
        'mixpanel' as identifier_namespace,
        device_id as identifier_value,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
    from events
    group by all
    union all
    select
        case when user_id is not null then 'user_id' else 'device_id' end
            as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(user_id, device_id) as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from profiles
),

hubspot as (
    select
        'crm_contact_id' as identifier_type,
        'hubspot' as identifier_namespace,
        contact_id as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
),

tawk as (
    select
        'chat_visitor_id' as identifier_type,
        'tawk' as identifier_namespace,
        visitor_id as identifier_value,
        started_at as first_seen_at,
        updated_at as last_seen_at,
    from chats
    union all
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        visitor_email as identifier_value,
        started_at as first_seen_at,
        updated_at as last_seen_at,
    from chats
    union all
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        requester_email as identifier_value,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from tickets
),

-- who gets the invoices is a person, though a shared mailbox is nobody
chartmogul as (
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

from_files as (
    select
        files.identifier_type,
        files.identifier_namespace,
        files.identifier_value,
        files.occurred_at as first_seen_at,
        files.occurred_at as last_seen_at,
    from files
    left join rules
        on files.identifier_type = rules.identifier_type
    where coalesce(rules.entity, 'person') = 'person'
),

unioned as (
    select * from mixpanel
    union all
    select * from hubspot
    union all
    select * from tawk
    union all
    select * from chartmogul
    union all
    select * from linked
    union all
    select * from from_files
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
