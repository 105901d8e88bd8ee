with source as (
    select * from {{ source('trustmary', 'invitations') }}
),

renamed as (
    select
        id as invitation_id,
        survey_id,
        {{ json_text('payload', 'contact_id') }} as contact_id,
        {{ json_text('payload', 'channel') }} as channel,
        {{ json_text('payload', 'answer_id') }} as response_id,
        cast(sent_at as timestamptz) as sent_at,
        {{ is_gone('trustmary', 'invitations') }} as is_deleted,
        try_cast(payload as json) as payload,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
