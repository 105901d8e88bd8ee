-- What is known of an account before each landmark, and whether it still paid at the
-- next: one column per candidate of the seed driver_candidates. Nothing in a row may
-- have happened at its landmark or later, but for the outcome.
with landmarks as (
    select * from {{ ref('int_landmarks_taken') }}
),

final as (
    select
        landmarks.landmark_id,
        landmarks.account_id,
        landmarks.landmark_number,
        landmarks.landmark_at,
        landmarks.is_current,
        landmarks.is_retained,
        landmarks.mrr_amount,
        case
            when
                date_diff('day', landmarks.customer_since, landmarks.landmark_at)
                < {{ var('driver_first_days') + var('driver_horizon_days') }}
                then 'first_months'
            else 'later'
        end as paying_age,
        cast(landmarks.mrr_amount as double) as paid_monthly,
        accounts.employee_count,
        date_diff(
            'day', landmarks.customer_since, landmarks.landmark_at
        ) as paying_days,
        described.is_yearly,
        described.seat_count,
        described.persona,
        coalesce(acquired.acquisition_channel, 'direct') as acquisition_channel,
        used.has_booked_onboarding,
        used.has_activated,
        used.has_invited_colleague,
        used.slow_page_rate,
        used.has_failed_payment,
        used.has_held_session,
        used.campaign_mail_count,
        told.first_response_minutes,
        told.resolution_hours,
        told.has_repeated,
        told.has_gone_unanswered,
        told.conversation_count,
        used.active_day_count,
        used.active_person_count,
        used.feature_count,
        told.nps_score,
        told.csat_score,
        told.ces_score,
        told.sentiment_score,
    from landmarks
    left join {{ ref('int_landmarks_described') }} as described
        on landmarks.landmark_id = described.landmark_id
    left join {{ ref('int_landmarks_used') }} as used
        on landmarks.landmark_id = used.landmark_id
    left join {{ ref('int_landmarks_told') }} as told
        on landmarks.landmark_id = told.landmark_id
    left join {{ ref('int_accounts_described') }} as accounts
        on landmarks.account_id = accounts.account_id
    left join {{ ref('int_accounts_acquired') }} as acquired
        on landmarks.account_id = acquired.account_id
)

select * from final
