-- What an account was at each landmark: how it pays, its seats and its people.
with landmarks as (
    select * from {{ ref('int_landmarks_taken') }}
),

subscribed as (
    select
        landmarks.landmark_id,
        bool_or(subscriptions.period_months >= 12) as is_yearly,
    from landmarks
    inner join {{ ref('int_subscriptions_dated') }} as subscriptions
        on landmarks.account_id = subscriptions.account_id
        and landmarks.landmark_at > subscriptions.started_at
        and (
            subscriptions.ended_at is null
            or landmarks.landmark_at <= subscriptions.ended_at
        )
    group by all
),

seated as (
    select
        landmarks.landmark_id,
        cast(sum(seats.seat_count) as bigint) as seat_count,
    from landmarks
    inner join {{ ref('int_subscription_seats_dated') }} as seats
        on landmarks.account_id = seats.account_id
        and landmarks.landmark_at > seats.valid_from_at
        and (
            seats.valid_to_at is null or landmarks.landmark_at <= seats.valid_to_at
        )
    group by all
),

people as (
    select
        landmarks.landmark_id,
        count(*) as person_count,
        arg_min(personas.persona, personas.priority) as persona,
    from landmarks
    inner join {{ ref('int_customer_accounts') }} as members
        on landmarks.account_id = members.account_id
    inner join {{ ref('int_customers_described') }} as persons
        on members.customer_id = persons.customer_id
        and landmarks.landmark_at > persons.identified_at
    -- what tells a persona by use may have happened later
    left join {{ ref('int_customer_personas') }} as held
        on members.customer_id = held.customer_id
        and held.persona_basis = 'title'
    left join {{ ref('personas') }} as personas
        on held.persona = personas.persona
    group by all
),

final as (
    select
        landmarks.landmark_id,
        subscribed.is_yearly,
        seated.seat_count,
        people.person_count,
        people.persona,
    from landmarks
    left join subscribed
        on landmarks.landmark_id = subscribed.landmark_id
    left join seated
        on landmarks.landmark_id = seated.landmark_id
    left join people
        on landmarks.landmark_id = people.landmark_id
)

select * from final
