{% set unread = [] %}

-- both ways tell of the same answers; a pushed one lacks the pages that came later
with listed as (
    select
        answer_id,
        survey_id,
        payload,
        true as is_listed,
        deleted_at is not null
        or {{ is_gone('trustmary', 'answers') }} as is_deleted,
        cast(updated_at as timestamptz) as seen_at,
        answer_id as version_id,
        _dlt_load_id,
        _dlt_id,
    from {{ source('trustmary', 'answers') }}
),

pushed as (
    select
        answer_id,
        survey_id,
        payload,
        false as is_listed,
        {{ json_text('payload', 'deleted_at') }} is not null as is_deleted,
        cast(received_at as timestamptz) as seen_at,
        event_id as version_id,
        _dlt_load_id,
        _dlt_id,
    from {{ source('trustmary', 'webhook_events') }}
),

unioned as (
    select * from listed
    union all
    select * from pushed
),

renamed as (
    select
        version_id || case when is_listed then ':listed' else ':pushed' end
            as version_id,
        answer_id as response_id,
        survey_id,
        {{ json_text('payload', 'survey_name') }} as survey_name,
        {{ to_number(json_text('payload', 'answer_values/nps'), unread) }} as nps,
        json_extract(payload, '$.answer_values.custom') as custom_answers,
        {{ json_text('payload', 'answer_values/feedback') }} as feedback,
        {{ json_text('payload', 'answer_values/comment') }} as public_comment,
        {{ json_text('payload', 'answer_values/name') }} as respondent_name,
        {{ to_email(json_text('payload', 'answer_values/email')) }} as typed_email,
        {{ json_text('payload', 'answer_values/organization') }} as company_name,
        -- consent to publish, not to marketing: the text true, or nothing
        case
            when {{ to_flag(json_text('payload', 'answer_values/publicConsent')) }}
                then true
            when {{ to_flag(json_text('payload', 'answer_values/noPublicConsent')) }}
                then false
        end as has_publication_consent,
        {{ json_text('payload', 'contact/id') }} as contact_id,
        {{ to_email(json_text('payload', 'contact/email')) }} as contact_email,
        -- an answer of which the time is not told was there when it was seen
        coalesce(
            {{ to_moment(json_text('payload', 'created_at'), unread) }},
            seen_at,
            {{ loaded_moment() }}
        ) as answered_at,
        is_listed,
        is_deleted,
        seen_at,
        try_cast(payload as json) as payload,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from unioned
)

select * from renamed
