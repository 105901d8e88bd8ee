with invitations as (
    select * from {{ ref('stg_trustmary__invitations') }}
    where not coalesce(is_deleted, false)
),

answers as (
    select * from {{ ref('stg_trustmary__answers') }}
),

final as (
    select
        'trustmary' as source,
        invitations.invitation_id,
        invitations.survey_id,
        coalesce(channels.channel, 'survey') as channel,
        invitations.sent_at as invited_at,
        invitations.response_id,
        answers.answered_at,
        case when invitations.contact_id is not null then 'survey_respondent_id' end
            as identifier_type,
        'trustmary' as identifier_namespace,
        invitations.contact_id as identifier_value,
        invitations._dlt_load_id as load_id,
    from invitations
    left join answers
        on invitations.response_id = answers.response_id
    left join {{ ref('channels') }} as channels
        on invitations.channel = channels.channel
        and channels.is_contact_channel
)

select * from final
