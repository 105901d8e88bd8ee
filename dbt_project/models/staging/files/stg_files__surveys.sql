{% set unread = [] %}

with source as (
    select * from {{ source('files', 'surveys') }}
),

renamed as (
    select
        row_id,
        mapping,
        file,
        source,
        survey_id,
        survey_name,
        response_id,
        question_id,
        question_kind,
        cast(answered_at as timestamptz) as answered_at,
        identifier_type,
        identifier_namespace,
        case
            when identifier_type = 'email' then {{ to_email('identifier_value') }}
            when identifier_type = 'domain' then lower(trim(identifier_value))
            else trim(identifier_value)
        end as identifier_value,
        {{ to_number('score', unread) }} as score,
        {{ to_number('scale_min', unread) }} as scale_min,
        {{ to_number('scale_max', unread) }} as scale_max,
        wording_version,
        moment,
        channel,
        invitation_id,
        cast(invited_at as timestamptz) as invited_at,
        language,
        comment,
        {{ to_flag('publication_consent') }} as has_publication_consent,
        case
            when {{ to_flag('publication_consent') }} is null
                then {{ text_or_null('publication_consent') }}
        end as unread_publication_consent,
        try_cast(properties as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
