-- The record behind each value of a person that no record states as such: it follows
-- from what happened. Earlier phases, answers and words on a purpose are rows that are
-- not chosen; of a count there is a row per source with its share.
{% set firsts_and_lasts = [
    'product_first_used_at', 'product_last_used_at', 'signed_up_at',
    'onboarding_booked_at', 'first_campaign',
] %}

with touchpoints as (
    select
        *,
        json_extract_string(properties, '$.acquisition_channel')
            as acquisition_channel,
    from {{ ref('int_touchpoints_phased') }}
),

-- the first visit's channel is told by the first of its touchpoints that has one
first_visits as (
    select arg_min(session_id, (started_at, session_id)) as session_id
    from {{ ref('int_sessions_built') }}
    group by customer_id
),

acquired as (
    select
        touchpoints.customer_id,
        arg_min(
            touchpoints.touchpoint_id,
            (
                touchpoints.acquisition_channel is null,
                touchpoints.occurred_at,
                touchpoints.touchpoint_id
            )
        ) as touchpoint_id,
    from touchpoints
    inner join first_visits
        on touchpoints.session_id = first_visits.session_id
    group by all
),

firsts_and_lasts as (
    select
        customer_id,
        arg_min(touchpoint_id, (occurred_at, touchpoint_id)) filter (
            where journey_step = 'use'
        ) as product_first_used_at,
        arg_max(touchpoint_id, (occurred_at, touchpoint_id)) filter (
            where journey_step = 'use'
        ) as product_last_used_at,
        arg_min(touchpoint_id, (occurred_at, touchpoint_id)) filter (
            where touchpoint = 'signed_up'
        ) as signed_up_at,
        arg_min(touchpoint_id, (occurred_at, touchpoint_id)) filter (
            where touchpoint = 'onboarding_session_booked'
        ) as onboarding_booked_at,
        arg_min(touchpoint_id, (occurred_at, touchpoint_id)) filter (
            where campaign is not null and direction is distinct from 'outbound'
        ) as first_campaign,
    from touchpoints
    where customer_id is not null
    group by all
),

counted as (
    select
        customer_id,
        arg_max(touchpoint_id, (occurred_at, touchpoint_id)) as touchpoint_id,
        count(*) as value_count,
    from touchpoints
    where customer_id is not null and is_interaction
    group by customer_id, source
),

pointed as (
    {{ unpivoted('firsts_and_lasts', firsts_and_lasts, 'attribute', 'touchpoint_id') }}
),

-- values that follow from a touchpoint
touched as (
    select
        customer_id,
        attribute,
        touchpoint_id,
    from pointed
    union all by name
    select
        customer_id,
        'acquisition_channel' as attribute,
        touchpoint_id,
    from acquired
    union all by name
    select
        customer_id,
        'journey_phase' as attribute,
        touchpoint_id,
        journey_phase as attribute_value,
        -(10 * times_left + phase_order) as place,
    from {{ ref('int_phase_entries_found') }}
    where left_at is null
    union all by name
    select
        customer_id,
        'persona' as attribute,
        touchpoint_id,
        persona as attribute_value,
    from {{ ref('int_customer_personas') }}
    where persona_basis = 'use'
    union all by name
    select
        customer_id,
        'touchpoint_count' as attribute,
        touchpoint_id,
        cast(sum(value_count) over (partition by customer_id) as varchar)
            as attribute_value,
        -value_count as place,
        value_count,
    from counted
),

answers as (
    select *
    from {{ ref('int_survey_answers_identified') }}
    where
        customer_id is not null
        and score is not null
        and question_kind in ('nps', 'csat', 'ces')
    -- a response that asks the same twice is one record
    qualify row_number() over (
        partition by customer_id, source, response_id, question_kind
        order by answered_at desc, answer_id desc
    ) = 1
),

job_titles as (
    select *
    from {{ ref('int_customer_values') }}
    where attribute = 'job_title' and is_chosen
),

conversed as (
    select
        customer_id,
        source,
        arg_max(conversation_type, (started_at, conversation_id)) as record,
        arg_max(source_record_id, (started_at, conversation_id)) as record_id,
        arg_max(load_id, (started_at, conversation_id)) as load_id,
        max(started_at) as stated_at,
        count(*) as value_count,
    from {{ ref('int_conversations_identified') }}
    where customer_id is not null
    group by all
),

ordered as (
    select
        customer_id,
        source,
        arg_max(source_order_id, (occurred_at, order_id)) as record_id,
        arg_max(load_id, (occurred_at, order_id)) as load_id,
        max(occurred_at) as stated_at,
        count(*) as value_count,
    from {{ ref('int_orders_identified') }}
    where customer_id is not null
    group by all
),

derived as (
    select
        touched.customer_id,
        touched.attribute,
        coalesce(
            touched.attribute_value,
            case touched.attribute
                when 'first_campaign' then touchpoints.campaign
                when 'acquisition_channel'
                    then coalesce(touchpoints.acquisition_channel, 'direct')
                else cast(touchpoints.occurred_at as varchar)
            end
        ) as attribute_value,
        touchpoints.source,
        'event' as record,
        touchpoints.source_record_id as record_id,
        touchpoints.load_id,
        touchpoints.occurred_at as stated_at,
        touched.value_count,
        touched.place,
    from touched
    inner join touchpoints
        on touched.touchpoint_id = touchpoints.touchpoint_id
    union all by name
    select
        customer_id,
        'last_' || question_kind || '_score' as attribute,
        cast(score as varchar) as attribute_value,
        source,
        'survey_response' as record,
        response_id as record_id,
        load_id,
        answered_at as stated_at,
        row_number() over (
            partition by customer_id, question_kind
            order by answered_at desc, answer_id desc
        ) as place,
    from answers
    union all by name
    select
        customer_id,
        'has_' || purpose || '_consent' as attribute,
        cast(is_given as varchar) as attribute_value,
        source,
        record,
        record_id,
        load_id,
        occurred_at as stated_at,
        case when is_current then 0 else 1 end as place,
    from {{ ref('int_consents_identified') }}
    where purpose in ('email_marketing', 'analytics', 'publication')
    union all by name
    select
        personas.customer_id,
        'persona' as attribute,
        personas.persona as attribute_value,
        job_titles.source,
        job_titles.record,
        job_titles.record_id,
        job_titles.load_id,
        job_titles.stated_at,
    from {{ ref('int_customer_personas') }} as personas
    inner join job_titles
        on personas.customer_id = job_titles.customer_id
    where personas.persona_basis = 'title'
    union all by name
    select
        customer_accounts.customer_id,
        'account_' || billed.attribute as attribute,
        billed.attribute_value,
        billed.source,
        billed.record,
        billed.record_id,
        billed.load_id,
        billed.stated_at,
        billed.value_count,
    from {{ ref('int_account_values_derived') }} as billed
    inner join {{ ref('int_customer_accounts') }} as customer_accounts
        on billed.account_id = customer_accounts.account_id
    union all by name
    select
        customer_id,
        'conversation_count' as attribute,
        cast(sum(value_count) over (partition by customer_id) as varchar)
            as attribute_value,
        source,
        record,
        record_id,
        load_id,
        stated_at,
        value_count,
        -value_count as place,
    from conversed
    union all by name
    select
        customer_id,
        'order_count' as attribute,
        cast(sum(value_count) over (partition by customer_id) as varchar)
            as attribute_value,
        source,
        'order' as record,
        record_id,
        load_id,
        stated_at,
        value_count,
        -value_count as place,
    from ordered
),

final as (
    select
        md5(
            concat_ws(
                '|', customer_id, attribute, source, record, record_id, attribute_value
            )
        ) as customer_value_id,
        customer_id,
        attribute,
        attribute_value,
        source,
        record,
        record_id,
        load_id,
        stated_at,
        cast(coalesce(value_count, 1) as bigint) as value_count,
        row_number() over (
            partition by customer_id, attribute
            order by
                coalesce(place, 0) asc,
                stated_at desc nulls last,
                source asc,
                record_id asc
        ) as survivorship_rank,
    from derived
)

select
    *,
    survivorship_rank = 1 as is_chosen,
from final
