with answers as (
    select * from {{ ref('int_survey_answers_identified') }}
),

final as (
    select
        answer_id,
        customer_id,
        account_id,
        answered_at as occurred_at,
        source,
        response_id,
        survey_id,
        survey_name,
        question_id,
        question_kind,
        score,
        scale_min,
        scale_max,
        score_100,
        nps_group,
        wording_version,
        moment,
        channel,
        invitation_id,
        invited_at,
        answered_at,
        language,
        comment,
        has_publication_consent,
        load_id,
    from answers
)

select * from final
