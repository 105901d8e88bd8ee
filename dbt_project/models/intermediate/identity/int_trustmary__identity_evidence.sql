-- a contact marked as deleted is still the same person; one that is erased is nobody
with contacts as (
    select * from {{ ref('stg_trustmary__contacts') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

answers as (
    select * from {{ ref('stg_trustmary__answers') }}
    where
        contact_id is not null
        and not coalesce(is_deleted, false)
        and answered_at < {{ as_of() }}
),

unioned as (
    select
        contact_id,
        email,
        'survey_contact' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from contacts
    union all
    select
        contact_id,
        contact_email as email,
        'survey_contact' as kind,
        answered_at as first_seen_at,
        answered_at as last_seen_at,
    from answers
    union all
    select
        contact_id,
        typed_email as email,
        'form' as kind,
        answered_at as first_seen_at,
        answered_at as last_seen_at,
    from answers
),

final as (
    select
        'survey_respondent_id' as left_type,
        'trustmary' as left_namespace,
        contact_id as left_value,
        'email' as right_type,
        'global' as right_namespace,
        email as right_value,
        kind,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        count(*) as evidence_count,
    from unioned
    where email is not null
    group by all
)

select * from final
