{# How an account is doing, as a CTE body: from the counts that health_counts names to four signals
   of 0 to 100, their mean and what it is called. A signal that says nothing is left out of the mean. #}
{% macro account_health(counts) -%}
    select
        *,
        cast(100 as double)
        * active_person_count_28
        / nullif(identified_person_count, 0) as usage_score,
        case
            when conversation_count > 0
                then cast(100 as double) * greatest(
                    0,
                    1 - (overdue_conversation_count + missed_conversation_count)
                    / conversation_count
                )
        end as support_score,
        cast(feedback_score_sum as double)
        / nullif(feedback_answer_count, 0) as feedback_score,
        case
            when overdue_invoice_count > 0 then cast(0 as double)
            when invoice_count > 0 then cast(100 as double)
        end as payment_score,
        list_avg(
            list_filter(
                [usage_score, support_score, feedback_score, payment_score],
                lambda signal: signal is not null
            )
        ) as health_score,
        case
            when health_score >= {{ var("health_good_from") }} then 'good'
            when health_score >= {{ var("health_watch_from") }} then 'watch'
            when health_score is not null then 'at_risk'
        end as health_status,
    from {{ counts }}
{%- endmacro %}

{# A score as a decimal: added and taken away in any order, sums come out the same. #}
{% macro addable_score(score) -%}
    cast({{ score }} as decimal(18, 6))
{%- endmacro %}

{# The columns that account_health reads: each count stands beside what it is a share of. #}
{% macro health_counts() -%}
    {{ return([
        'active_person_count_28',
        'identified_person_count',
        'overdue_conversation_count',
        'missed_conversation_count',
        'conversation_count',
        'feedback_score_sum',
        'feedback_answer_count',
        'overdue_invoice_count',
        'invoice_count',
    ]) }}
{%- endmacro %}
