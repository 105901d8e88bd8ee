-- Who somebody is, as the systems say; where they disagree, the first one that knows
-- counts, and within a system what was written last:
--   name      CRM contact, product profile, chat or ticket form
--   e-mail    CRM contact's main one, product profile, the one used last, a shared one
--   telephone the one used last
--   country   product profile, where most visits come from, chat
with identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'person'
),

contacts as (
    select
        *,
        'crm_contact_id' as identifier_type,
        'hubspot' as identifier_namespace,
        nullif(trim(concat_ws(' ', first_name, last_name)), '') as full_name,
        -- an archived record speaks when no other does
        is_archived as is_doubtful,
    from {{ ref('stg_hubspot__contacts') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

salesforce_people as (
    select
        'crm_contact_id' as identifier_type,
        contact_id as identifier_value,
        nullif(trim(concat_ws(' ', first_name, last_name)), '') as full_name,
        email,
        created_at,
        updated_at,
    from {{ ref('stg_salesforce__contacts') }}
    where not is_deleted
    union all
    select
        'crm_lead_id' as identifier_type,
        lead_id as identifier_value,
        nullif(trim(concat_ws(' ', first_name, last_name)), '') as full_name,
        email,
        created_at,
        updated_at,
    from {{ ref('stg_salesforce__leads') }}
    where not is_deleted
),

profiles as (
    select
        *,
        case when user_id is not null then 'user_id' else 'device_id' end
            as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(user_id, device_id) as identifier_value,
    from {{ ref('stg_mixpanel__profiles') }}
    where not coalesce(is_deleted, false)
),

events as (
    select
        case when user_id is not null then 'user_id' else 'device_id' end
            as identifier_type,
        coalesce(user_id, device_id) as identifier_value,
        country_code,
        browser,
        count(*) as event_count,
    from {{ ref('stg_mixpanel__events') }}
    where occurred_at < {{ as_of() }}
    group by all
),

chats as (
    select
        visitor_name,
        country_code,
        updated_at,
        case when visitor_id is not null then 'chat_visitor_id' else 'email' end
            as identifier_type,
        case when visitor_id is not null then 'tawk' else 'global' end
            as identifier_namespace,
        coalesce(visitor_id, visitor_email) as identifier_value,
    from {{ ref('stg_tawk__chats') }}
    where not coalesce(is_deleted, false) and started_at < {{ as_of() }}
),

tickets as (
    select * from {{ ref('stg_tawk__tickets') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

internal_domains as (
    select * from {{ ref('internal_domains') }}
),

automated_browsers as (
    select * from {{ ref('automated_browsers') }}
),

told as (
    select
        identifier_type,
        identifier_namespace,
        contact_id as identifier_value,
        'full_name' as attribute,
        full_name as attribute_value,
        case when is_doubtful then 9 else 1 end as precedence,
        updated_at,
    from contacts
    union all
    select
        identifier_type,
        'salesforce' as identifier_namespace,
        identifier_value,
        'full_name' as attribute,
        full_name as attribute_value,
        1 as precedence,
        updated_at,
    from salesforce_people
    where created_at < {{ as_of() }}
    union all
    select
        contacts.identifier_type,
        contacts.identifier_namespace,
        contacts.contact_id as identifier_value,
        'owner_name' as attribute,
        owners.full_name as attribute_value,
        case when contacts.is_doubtful then 9 else 1 end as precedence,
        contacts.updated_at,
    from contacts
    inner join owners
        on contacts.owner_id = owners.owner_id
    union all
    select
        identifier_type,
        identifier_namespace,
        contact_id as identifier_value,
        'lifecycle_stage' as attribute,
        lifecycle_stage as attribute_value,
        case when is_doubtful then 9 else 1 end as precedence,
        updated_at,
    from contacts
    union all
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        'full_name' as attribute,
        full_name as attribute_value,
        2 as precedence,
        updated_at,
    from profiles
    union all
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        'country_code' as attribute,
        country_code as attribute_value,
        1 as precedence,
        updated_at,
    from profiles
    union all
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        'full_name' as attribute,
        visitor_name as attribute_value,
        3 as precedence,
        updated_at,
    from chats
    union all
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        'country_code' as attribute,
        country_code as attribute_value,
        3 as precedence,
        updated_at,
    from chats
    union all
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        requester_email as identifier_value,
        'full_name' as attribute,
        requester_name as attribute_value,
        3 as precedence,
        updated_at,
    from tickets
),

visited as (
    select
        identifiers.customer_id,
        'country_code' as attribute,
        events.country_code as attribute_value,
        2 as precedence,
        cast(null as timestamptz) as updated_at,
    from events
    inner join identifiers
        on events.identifier_type = identifiers.identifier_type
        and identifiers.identifier_namespace = 'mixpanel'
        and events.identifier_value = identifiers.identifier_value
    where events.country_code is not null
    group by identifiers.customer_id, events.country_code
    qualify row_number() over (
        partition by identifiers.customer_id
        order by sum(events.event_count) desc, events.country_code asc
    ) = 1
),

crm_emails as (
    select email from contacts
    where not is_doubtful
    union
    select email from salesforce_people
    where created_at < {{ as_of() }}
),

profile_emails as (
    select distinct email from profiles
),

-- only an address that is the person's own: a refused one belongs to somebody else
addresses as (
    select
        identifiers.customer_id,
        identifiers.identifier_type as attribute,
        identifiers.identifier_value as attribute_value,
        case
            when identifiers.is_shared then 9
            when crm_emails.email is not null then 1
            when profile_emails.email is not null then 2
            else 3
        end as precedence,
        identifiers.last_seen_at as updated_at,
    from identifiers
    left join crm_emails
        on identifiers.identifier_value = crm_emails.email
    left join profile_emails
        on identifiers.identifier_value = profile_emails.email
    where identifiers.identifier_type in ('email', 'phone')
),

candidates as (
    select
        identifiers.customer_id,
        told.attribute,
        told.attribute_value,
        told.precedence,
        told.updated_at,
    from told
    inner join identifiers
        on told.identifier_type = identifiers.identifier_type
        and told.identifier_namespace = identifiers.identifier_namespace
        and told.identifier_value = identifiers.identifier_value
    union all
    select * from visited
    union all
    select * from addresses
),

chosen as (
    select
        customer_id,
        attribute,
        attribute_value,
    from candidates
    where attribute_value is not null
    qualify row_number() over (
        partition by customer_id, attribute
        order by precedence asc, updated_at desc nulls last, attribute_value asc
    ) = 1
),

attributes as (
    select
        customer_id,
        max(attribute_value) filter (where attribute = 'full_name')
            as full_name,
        max(attribute_value) filter (where attribute = 'email')
            as email,
        max(attribute_value) filter (where attribute = 'phone')
            as phone,
        max(attribute_value) filter (where attribute = 'country_code')
            as country_code,
        max(attribute_value) filter (where attribute = 'owner_name')
            as owner_name,
        max(attribute_value) filter (where attribute = 'lifecycle_stage')
            as lifecycle_stage,
    from chosen
    group by all
),

automated as (
    select distinct
        events.identifier_type,
        events.identifier_value,
    from events
    inner join automated_browsers
        on lower(events.browser) = lower(automated_browsers.browser)
),

persons as (
    select
        identifiers.customer_id,
        -- a type without a rule comes from a file: a customer's number somewhere
        bool_or(
            coalesce(rules.is_identifying, true) and not identifiers.is_shared
        ) as is_identified,
        bool_or(internal_domains.domain is not null) as is_staff,
        bool_or(automated.identifier_value is not null) as is_automated,
        min(identifiers.first_seen_at) as first_seen_at,
        arg_min(
            identifiers.identifier_value,
            (identifiers.first_seen_at, identifiers.identifier_value)
        ) filter (
            where identifiers.identifier_type = 'user_id'
            and identifiers.identifier_namespace = '{{ var("product_namespace") }}'
        ) as user_id,
    from identifiers
    left join rules
        on identifiers.identifier_type = rules.identifier_type
    left join internal_domains
        on identifiers.identifier_type = 'email'
        and {{ email_domain('identifiers.identifier_value') }} = internal_domains.domain
    left join automated
        on identifiers.identifier_type = automated.identifier_type
        and identifiers.identifier_namespace = 'mixpanel'
        and identifiers.identifier_value = automated.identifier_value
    group by all
),

final as (
    select
        persons.customer_id,
        persons.is_identified,
        persons.is_staff or persons.is_automated as is_internal,
        attributes.full_name,
        attributes.email,
        attributes.phone,
        attributes.country_code,
        persons.user_id,
        attributes.owner_name,
        attributes.lifecycle_stage,
        persons.first_seen_at,
    from persons
    left join attributes
        on persons.customer_id = attributes.customer_id
)

select * from final
