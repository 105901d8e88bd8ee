{# The surveys contract: whatever brings answers brings a model with these columns,
   and its name here. #}
{% set sources = [
    'trustmary',
    'typeform',
    'delighted',
    'files',
] %}

with unioned as (
    {% for source in sources %}
    select * from {{ ref('int_' ~ source ~ '__survey_answers') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
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
