with invitations as (
    select * from {{ ref('int_survey_invitations_identified') }}
),

final as (
    select
        survey_invitation_id,
        customer_id,
        account_id,
        invited_at as occurred_at,
        source,
        invitation_id,
        survey_id,
        question_kind,
        moment,
        wording_version,
        channel,
        invited_at,
        response_id,
        answered_at,
        response_id is not null as is_answered,
    from invitations
)

select * from final
