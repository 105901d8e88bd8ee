{{ config(materialized='view') }}

-- of a documented type the scale is known
select
    response_id,
    source,
    survey_id,
    question_id,
    survey_name as question,
    scale_min,
    scale_max,
    answered_at,
from {{ ref('int_delighted__survey_answers') }}
where question_kind = 'star' and scale_max is null
