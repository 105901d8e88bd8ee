{{ config(materialized='view') }}

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
