with contacts as (
    select * from {{ ref('stg_activecampaign__contacts') }}
),

webhooks as (
    select * from {{ ref('stg_activecampaign__webhook_events') }}
    where contact_id is not null
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

told as (
    select
        contact_id,
        email,
        phone,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
    where not is_deleted
    union all
    select
        webhooks.contact_id,
        webhooks.contact_email as email,
        webhooks.contact_phone as phone,
        webhooks.occurred_at as first_seen_at,
        webhooks.occurred_at as last_seen_at,
    from webhooks
    -- what the listing says of a contact counts, and nothing does of a deleted one
    anti join contacts
        on webhooks.contact_id = contacts.contact_id
),

pairs as (
    select
        contact_id,
        'email' as right_type,
        email as right_value,
        first_seen_at,
        last_seen_at,
    from told
    union all
    select
        told.contact_id,
        'phone' as right_type,
        phone_numbers.phone as right_value,
        told.first_seen_at,
        told.last_seen_at,
    from told
    inner join phone_numbers
        on told.phone = phone_numbers.phone_text
),

final as (
    select
        'mailing_contact_id' as left_type,
        'activecampaign' as left_namespace,
        contact_id as left_value,
        right_type,
        'global' as right_namespace,
        right_value,
        'mailing_contact' as kind,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        count(*) as evidence_count,
    from pairs
    where right_value is not null and first_seen_at < {{ as_of() }}
    group by all
)

select * from final
