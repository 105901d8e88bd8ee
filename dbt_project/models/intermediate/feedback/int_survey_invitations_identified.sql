{{ identified('int_survey_invitations_unioned') }}
