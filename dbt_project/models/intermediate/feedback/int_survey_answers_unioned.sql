with unioned as (
    {{ union_of('survey_answers') }}
),

final as (
    select
        md5(concat_ws('|', source, response_id, question_id)) as answer_id,
        source,
        response_id,
        survey_id,
        survey_name,
        question_id,
        question_kind,
        score,
        scale_min,
        scale_max,
        case
            when score between scale_min and scale_max
                then 100 * (score - scale_min) / nullif(scale_max - scale_min, 0)
        end as score_100,
        case
            when
                question_kind = 'nps'
                and scale_min = 0 and scale_max = 10
                and score between 0 and 10
                then {{ nps_group('score') }}
        end as nps_group,
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
        identifier_type,
        identifier_namespace,
        identifier_value,
    from unioned
    where answered_at < {{ as_of() }}
)

select * from final
