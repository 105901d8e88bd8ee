with mailing_lists as (
    select
        'activecampaign' as source,
        'email_marketing' as purpose,
        'mailing_contact_id' as identifier_type,
        'activecampaign' as identifier_namespace,
        contact_id as identifier_value,
        'contact_list' as record,
        contact_list_id as record_id,
        _dlt_load_id as load_id,
        status = 'active' as is_given,
        updated_at as stated_at,
    from {{ ref('stg_activecampaign__contact_lists') }}
    where
        not coalesce(is_deleted, false)
        -- who has not confirmed has said nothing yet; a bounce says nothing either
        and status in ('active', 'unsubscribed')
),

crm_contacts as (
    select
        'salesforce' as source,
        'email_marketing' as purpose,
        'crm_contact_id' as identifier_type,
        'salesforce' as identifier_namespace,
        contact_id as identifier_value,
        'contact' as record,
        contact_id as record_id,
        _dlt_load_id as load_id,
        false as is_given,
        updated_at as stated_at,
    from {{ ref('stg_salesforce__contacts') }}
    -- the field is false where nobody was asked: only a refusal is a statement
    where not is_deleted and has_opted_out_of_email
),

-- each event repeats the browser's word: it counts where it begins and where it was
-- said last
cookies as (
    select
        'ga4' as source,
        'analytics' as purpose,
        'cookie_id' as identifier_type,
        'ga4' as identifier_namespace,
        user_pseudo_id as identifier_value,
        'event' as record,
        event_id as record_id,
        _dlt_load_id as load_id,
        has_consent as is_given,
        occurred_at as stated_at,
    from {{ ref('stg_ga4__events') }}
    where
        user_pseudo_id is not null
        and has_consent is not null
        and occurred_at < {{ as_of() }}
    window said as (partition by user_pseudo_id order by occurred_at, event_id)
    qualify
        has_consent is distinct from lag(has_consent) over said
        or lead(event_id) over said is null
),

answers as (
    select
        source,
        'publication' as purpose,
        identifier_type,
        identifier_namespace,
        identifier_value,
        'survey_answer' as record,
        response_id as record_id,
        max(load_id) as load_id,
        bool_and(has_publication_consent) as is_given,
        max(answered_at) as stated_at,
    from {{ ref('int_survey_answers_unioned') }}
    where has_publication_consent is not null
    group by all
),

unioned as (
    select * from mailing_lists
    union all by name
    select * from crm_contacts
    union all by name
    select * from cookies
    union all by name
    select * from answers
)

select * from unioned
where identifier_value is not null and stated_at < {{ as_of() }}
