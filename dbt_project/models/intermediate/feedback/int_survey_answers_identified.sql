{{ identified('int_survey_answers_unioned') }}
