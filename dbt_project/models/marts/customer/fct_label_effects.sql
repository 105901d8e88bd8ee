-- What each figure counts with and without those who are left out; a label can be taken
-- back in the seed internal_labels.
with persons as (
    select
        customer_id,
        internal_label,
        touchpoint_count,
        session_count,
        conversation_count,
    from {{ ref('dim_customers') }}
),

answers as (
    select
        customer_id,
        count(*) as answer_count,
    from {{ ref('fct_survey_answers') }}
    where customer_id is not null
    group by all
),

counted as (
    select
        persons.internal_label,
        unnest([
            { 'measure': 'persons', 'amount': 1 },
            { 'measure': 'touchpoints', 'amount': persons.touchpoint_count },
            { 'measure': 'sessions', 'amount': persons.session_count },
            { 'measure': 'conversations', 'amount': persons.conversation_count },
            { 'measure': 'survey_answers', 'amount': coalesce(answers.answer_count, 0) }
        ]) as entry,
    from persons
    left join answers
        on persons.customer_id = answers.customer_id
),

measured as (
    select
        internal_label,
        entry['measure'] as measure,
        entry['amount'] as amount,
    from counted
),

labels as (
    select unnest(['staff', 'test', 'bot']) as internal_label
),

final as (
    select
        labels.internal_label || '|' || measured.measure as label_effect_id,
        labels.internal_label,
        measured.measure,
        cast(sum(measured.amount) as bigint) as before_count,
        cast(
            coalesce(
                sum(measured.amount) filter (
                    where measured.internal_label = labels.internal_label
                ),
                0
            ) as bigint
        ) as labelled_count,
        cast(
            coalesce(
                sum(measured.amount) filter (
                    where measured.internal_label is distinct from labels.internal_label
                ),
                0
            ) as bigint
        ) as after_count,
    from measured
    cross join labels
    group by labels.internal_label, measured.measure
)

select * from final
