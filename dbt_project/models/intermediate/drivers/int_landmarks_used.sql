-- What an account's people did and met before each landmark, by their touchpoints.
with landmarks as (
    select * from {{ ref('int_landmarks_taken') }}
),

touchpoints as (
    select
        account_id,
        customer_id,
        occurred_at,
        channel,
        touchpoint,
        journey_step,
        initiated_by,
    from {{ ref('int_touchpoints_phased') }}
    where account_id is not null
),

recent as (
    select
        landmarks.landmark_id,
        count(*) filter (
            where touchpoints.touchpoint = 'page_slow'
        ) as slow_count,
        -- any view and any act may be slow
        count(*) filter (
            where touchpoints.initiated_by = 'customer'
            and touchpoints.channel in ('website', 'app')
        ) as act_count,
        count(*) filter (
            where touchpoints.touchpoint in ('payment_failed', 'order_failed')
        ) as failed_payment_count,
        count(*) filter (
            where touchpoints.touchpoint = 'email_sent'
        ) as campaign_mail_count,
        count(*) filter (
            where touchpoints.touchpoint = 'session_held'
        ) as session_count,
        count(distinct {{ business_date('touchpoints.occurred_at') }}) filter (
            where touchpoints.journey_step = 'use'
        ) as active_day_count,
        count(distinct touchpoints.touchpoint) filter (
            where touchpoints.journey_step = 'use'
        ) as feature_count,
        count(distinct touchpoints.customer_id) filter (
            where touchpoints.journey_step = 'use'
        ) as active_person_count,
    from landmarks
    inner join touchpoints
        on landmarks.account_id = touchpoints.account_id
        and landmarks.landmark_at > touchpoints.occurred_at
        and landmarks.window_from <= touchpoints.occurred_at
    group by all
),

firsts as (
    select
        account_id,
        min(occurred_at) filter (
            where touchpoint = 'onboarding_session_booked'
        ) as onboarding_booked_at,
        min(occurred_at) filter (where journey_step = 'use') as first_used_at,
        min(occurred_at) filter (where touchpoint = 'signed_up') as signed_up_at,
        min(occurred_at) filter (
            where touchpoint = 'colleague_invited'
        ) as colleague_invited_at,
    from touchpoints
    group by all
),

-- an account of which nothing was recorded at all did not do without: it is not known
final as (
    select
        landmarks.landmark_id,
        case
            when firsts.account_id is not null
                then coalesce(
                    firsts.onboarding_booked_at < landmarks.landmark_at, false
                )
        end as has_booked_onboarding,
        case
            when firsts.account_id is not null
                then coalesce(
                    firsts.colleague_invited_at < landmarks.landmark_at, false
                )
        end as has_invited_colleague,
        -- that it was not used in time is known once the time is over
        case
            when
                firsts.signed_up_at + to_days({{ var('activation_days') }})
                < landmarks.landmark_at
                then coalesce(
                    firsts.first_used_at
                    < firsts.signed_up_at + to_days({{ var('activation_days') }}),
                    false
                )
        end as has_activated,
        case
            when recent.act_count > 0
                then least(recent.slow_count / recent.act_count, 1)
        end as slow_page_rate,
        coalesce(recent.failed_payment_count, 0) > 0 as has_failed_payment,
        coalesce(recent.session_count, 0) > 0 as has_held_session,
        case
            when firsts.account_id is not null
                then coalesce(recent.campaign_mail_count, 0)
        end as campaign_mail_count,
        case
            when firsts.first_used_at < landmarks.landmark_at
                then coalesce(recent.active_day_count, 0)
        end as active_day_count,
        case
            when firsts.first_used_at < landmarks.landmark_at
                then coalesce(recent.feature_count, 0)
        end as feature_count,
        case
            when firsts.first_used_at < landmarks.landmark_at
                then coalesce(recent.active_person_count, 0)
        end as active_person_count,
    from landmarks
    left join firsts
        on landmarks.account_id = firsts.account_id
    left join recent
        on landmarks.landmark_id = recent.landmark_id
)

select * from final
