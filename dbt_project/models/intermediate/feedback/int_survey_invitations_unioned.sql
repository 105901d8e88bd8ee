{# What was sent, whether it was answered or not; only some sources know. #}
with unioned as (
    {{ union_of('survey_invitations') }}
),

questions as (
    select
        source,
        survey_id,
        min(moment) as moment,
        min(wording_version) as wording_version,
        arg_min(question_kind, question_id) as question_kind,
    from {{ ref('survey_questions') }}
    group by all
),

final as (
    select
        md5(concat_ws('|', unioned.source, unioned.invitation_id))
            as survey_invitation_id,
        unioned.source,
        unioned.invitation_id,
        unioned.survey_id,
        questions.question_kind,
        questions.moment,
        questions.wording_version,
        unioned.channel,
        unioned.invited_at,
        unioned.response_id,
        case when unioned.answered_at < {{ as_of() }} then unioned.answered_at end
            as answered_at,
        unioned.identifier_type,
        unioned.identifier_namespace,
        unioned.identifier_value,
        unioned.load_id,
    from unioned
    left join questions
        on unioned.source = questions.source
        and unioned.survey_id = questions.survey_id
    where unioned.invited_at < {{ as_of() }}
)

select * from final
