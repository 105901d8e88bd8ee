with given as (
    select * from {{ ref('stg_files__surveys') }}
),

channels as (
    select * from {{ ref('channels') }}
    where is_contact_channel
),

final as (
    select
        given.source,
        coalesce(given.response_id, given.row_id) as response_id,
        given.survey_id,
        coalesce(given.survey_name, given.survey_id) as survey_name,
        coalesce(given.question_id, given.question_kind) as question_id,
        given.question_kind,
        given.score,
        -- the scale of the convention, where the file gives none
        case
            when given.scale_max is not null then coalesce(given.scale_min, 0)
            when given.question_kind in ('nps', 'review') then 0.0
            when given.question_kind != 'text' then 1.0
        end as scale_min,
        coalesce(
            given.scale_max,
            case given.question_kind
                when 'nps' then 10.0
                when 'review' then 10.0
                when 'ces' then 7.0
                when 'csat' then 5.0
                when 'star' then 5.0
            end
        ) as scale_max,
        given.wording_version,
        given.moment,
        coalesce(channels.channel, 'survey') as channel,
        given.invitation_id,
        given.invited_at,
        given.answered_at,
        given.comment,
        coalesce(
            given.has_publication_consent,
            case
                {{ meaning_of(
                    'files', 'publication_consent', 'given.unread_publication_consent'
                ) }}
                when 'true' then true
                when 'false' then false
            end
        ) as has_publication_consent,
        given._dlt_load_id as load_id,
        given.identifier_type,
        given.identifier_namespace,
        given.identifier_value,
        given.language,
    from given
    left join channels
        on given.channel = channels.channel
    -- of a question that a response answers twice the last answer counts
    qualify row_number() over (
        partition by
            given.source, given.response_id, given.question_id,
            case when given.response_id is null then given.row_id end
        order by given.answered_at desc, given.row_id asc
    ) = 1
)

select * from final
