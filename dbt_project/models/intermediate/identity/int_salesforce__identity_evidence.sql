-- what was merged into another record lies in the recycle bin, and still says who it
-- was
with contacts as (
    select * from {{ ref('stg_salesforce__contacts') }}
    where
        (not is_deleted or merged_into_contact_id is not null)
        and created_at < {{ as_of() }}
),

leads as (
    select * from {{ ref('stg_salesforce__leads') }}
    where
        (not is_deleted or merged_into_lead_id is not null)
        and created_at < {{ as_of() }}
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

people as (
    select
        'crm_contact_id' as left_type,
        contact_id as left_value,
        email,
        phone,
        mobile_phone,
        created_at,
        updated_at,
    from contacts
    union all
    select
        'crm_lead_id' as left_type,
        lead_id as left_value,
        email,
        phone,
        mobile_phone,
        created_at,
        updated_at,
    from leads
),

emails as (
    select
        left_type,
        left_value,
        'email' as right_type,
        'global' as right_namespace,
        email as right_value,
        'crm_field' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from people
),

phones as (
    select
        people.left_type,
        people.left_value,
        'phone' as right_type,
        'global' as right_namespace,
        phone_numbers.phone as right_value,
        'crm_field' as kind,
        people.created_at as first_seen_at,
        people.updated_at as last_seen_at,
    from people
    inner join phone_numbers
        on phone_numbers.phone_text in (people.phone, people.mobile_phone)
),

users as (
    select
        'crm_contact_id' as left_type,
        contact_id as left_value,
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
        'crm_contact_id' as left_type,
        merged_into_contact_id as left_value,
        'crm_contact_id' as right_type,
        'salesforce' as right_namespace,
        contact_id as right_value,
        'crm_merge' as kind,
        -- the merge is the last that changed the record which lost
        updated_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
    where merged_into_contact_id is not null
    union all
    select
        'crm_lead_id' as left_type,
        merged_into_lead_id as left_value,
        'crm_lead_id' as right_type,
        'salesforce' as right_namespace,
        lead_id as right_value,
        'crm_merge' as kind,
        updated_at as first_seen_at,
        updated_at as last_seen_at,
    from leads
    where merged_into_lead_id is not null
),

converted as (
    select
        'crm_lead_id' as left_type,
        lead_id as left_value,
        'crm_contact_id' as right_type,
        'salesforce' as right_namespace,
        converted_contact_id as right_value,
        'lead_conversion' as kind,
        {{ start_of_day('converted_date') }} as first_seen_at,
        updated_at as last_seen_at,
    from leads
    where is_converted
),

unioned as (
    select * from emails
    union all
    select * from phones
    union all
    select * from users
    union all
    select * from merged
    union all
    select * from converted
),

final as (
    select
        left_type,
        'salesforce' as left_namespace,
        left_value,
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
