-- What visits, phases, conversations, answers and consents tell of each person, beside
-- what touchpoints tell (int_customers_touched).
with persons as (
    select * from {{ ref('int_customers_described') }}
),

sessions as (
    select
        customer_id,
        count(*) as session_count,
        arg_min(acquisition_channel, (started_at, session_id)) as acquisition_channel,
    from {{ ref('int_sessions_built') }}
    group by all
),

-- the furthest phase somebody has reached; who left is in none until they come again
phases as (
    select
        customer_id,
        journey_phase,
        entered_at as journey_phase_since,
    from {{ ref('int_phase_entries_found') }}
    where left_at is null
    qualify row_number() over (
        partition by customer_id order by times_left desc, phase_order desc
    ) = 1
),

conversations as (
    select
        customer_id,
        count(*) as conversation_count,
        count(*) filter (where status = 'open') as open_conversation_count,
        max(started_at) as last_conversation_at,
        -- a chat waits for minutes and a ticket for hours: each has its own median
    {% for kind, which in [('chat', '='), ('ticket', '!=')] %}
    count(*) filter (where conversation_type {{ which }} 'chat')
        as {{ kind }}_count,
    count(first_response_seconds) filter (
        where conversation_type {{ which }} 'chat'
    ) as answered_{{ kind }}_count,
    median(first_response_seconds) filter (
        where conversation_type {{ which }} 'chat'
    ) as {{ kind }}_first_response_seconds_median,
    {% endfor %}
    from {{ ref('int_conversations_identified') }}
    where customer_id is not null
    group by all
),

feedback as (
    select
        customer_id,
    {% for kind in ['nps', 'csat', 'ces'] %}
    arg_max(score, (answered_at, answer_id)) filter (
        where question_kind = '{{ kind }}'
    ) as last_{{ kind }}_score,
    max(answered_at) filter (
        where question_kind = '{{ kind }}' and score is not null
    ) as last_{{ kind }}_at,
    {% endfor %}
    from {{ ref('int_survey_answers_identified') }}
    where customer_id is not null
    group by all
),

consents as (
    select
        customer_id,
    {% for purpose in ['email_marketing', 'analytics', 'publication'] %}
    bool_or(is_given) filter (
        where purpose = '{{ purpose }}'
    ) as has_{{ purpose }}_consent,
    {% endfor %}
    from {{ ref('int_consents_identified') }}
    where is_current
    group by all
),

final as (
    select
        persons.customer_id,
        coalesce(sessions.session_count, 0) as session_count,
        sessions.acquisition_channel,
        phases.journey_phase,
        phases.journey_phase_since,
        coalesce(conversations.conversation_count, 0) as conversation_count,
        coalesce(conversations.open_conversation_count, 0) as open_conversation_count,
        conversations.last_conversation_at,
        {% for kind in ['chat', 'ticket'] %}
        coalesce(conversations.{{ kind }}_count, 0) as {{ kind }}_count,
        coalesce(conversations.answered_{{ kind }}_count, 0)
            as answered_{{ kind }}_count,
        conversations.{{ kind }}_first_response_seconds_median,
        {% endfor %}
        {% for kind in ['nps', 'csat', 'ces'] %}
        feedback.last_{{ kind }}_score,
        feedback.last_{{ kind }}_at,
        {% endfor %}
        {% for purpose in ['email_marketing', 'analytics', 'publication'] %}
        consents.has_{{ purpose }}_consent,
        {% endfor %}
    from persons
    left join sessions
        on persons.customer_id = sessions.customer_id
    left join phases
        on persons.customer_id = phases.customer_id
    left join conversations
        on persons.customer_id = conversations.customer_id
    left join feedback
        on persons.customer_id = feedback.customer_id
    left join consents
        on persons.customer_id = consents.customer_id
)

select * from final
