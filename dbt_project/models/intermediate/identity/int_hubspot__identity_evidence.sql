with contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

emails as (
    select
        contact_id,
        'email' as right_type,
        'global' as right_namespace,
        unnest(
            list_append(
                list_transform(
                    additional_emails, lambda address: {{ to_email('address') }}
                ),
                email
            )
        ) as right_value,
        'crm_field' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
),

phones as (
    select
        contacts.contact_id,
        'phone' as right_type,
        'global' as right_namespace,
        phone_numbers.phone as right_value,
        'crm_field' as kind,
        contacts.created_at as first_seen_at,
        contacts.updated_at as last_seen_at,
    from contacts
    inner join phone_numbers
        on phone_numbers.phone_text in (contacts.phone, contacts.mobile_phone)
),

users as (
    select
        contact_id,
        'user_id' as right_type,
        '{{ var("product_namespace") }}' as right_namespace,
        user_id as right_value,
        'crm_field' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
),

merged as (
    select
        contact_id,
        'crm_contact_id' as right_type,
        'hubspot' as right_namespace,
        unnest(merged_contact_ids) as right_value,
        'crm_merge' as kind,
        -- a record tells into which others it was merged, but not when
        cast(null as timestamptz) as first_seen_at,
        cast(null as timestamptz) as last_seen_at,
    from contacts
),

unioned as (
    select * from emails
    union all
    select * from phones
    union all
    select * from users
    union all
    select * from merged
),

final as (
    select
        'crm_contact_id' as left_type,
        'hubspot' as left_namespace,
        contact_id as left_value,
        right_type,
        right_namespace,
        right_value,
        kind,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        count(*) as evidence_count,
    from unioned
    where right_value is not null
    group by all
)

select * from final
