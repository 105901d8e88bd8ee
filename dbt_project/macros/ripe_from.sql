{# The first day on which a month's figure can be judged: the month is over, and so is the time that
   what it counts needs to come about. Before it a low figure says nothing. #}
{% macro ripe_from(metric, period_start) -%}
    case
        -- a milestone of a cohort is told at the end of its own month
        when {{ metric }} like 'retention_month_%_rate'
            then cast(
                {{ period_start }} + to_months(
                    1 + cast(regexp_extract({{ metric }}, '\d+') as integer)
                ) as date
            )
        else cast({{ period_start }} + to_months(1) as date)
    end
    + case {{ metric }}
        when 'acquisition_conversion_rate' then {{ var('acquisition_idle_days') }}
        when 'phase_conversion_rate' then {{ var('acquisition_idle_days') }}
        when 'survey_response_rate' then {{ var('survey_answer_days') }}
        when 'missed_chat_rate' then {{ (var('support_idle_hours') / 24) | round(0, 'ceil') | int }}
        else
            case
                when {{ metric }} like '%resolution_seconds_median'
                    then {{ (var('support_idle_hours') / 24) | round(0, 'ceil') | int }}
                else 0
            end
    end
{%- endmacro %}
