{# The first day on which a month's figure can be judged: the month is over, and so is the time that
   what it counts needs to come about. Before it a low figure says nothing.
   metric: its name. period_start: the first day of the month, as SQL. #}
{% macro ripe_from(metric, period_start) -%}
{%- set support_days = (var('support_idle_hours') / 24) | round(0, 'ceil') | int -%}
{%- set matter_days = var('matter_days') -%}
{%- set days = {
    'acquisition_conversion_rate': var('acquisition_idle_days'),
    'phase_conversion_rate': var('acquisition_idle_days'),
    'survey_response_rate': var('survey_answer_days'),
    'acquisition_abandonment_rate': var('acquisition_idle_days'),
    'acquisition_seconds_median': var('acquisition_idle_days'),
    'touchpoints_to_acquisition': var('acquisition_idle_days'),
    'step_drop_off_rate': var('acquisition_idle_days'),
    'step_seconds_mean': var('acquisition_idle_days'),
    'step_contacts_mean': var('acquisition_idle_days'),
    'activation_rate': var('activation_days'),
    'onboarding_completion_rate': var('onboarding_days'),
    'contacts_per_onboarding': var('onboarding_days'),
    'renewal_rate': var('renewal_days'),
    'contacts_per_renewal': var('renewal_days'),
    'onboarding_booking_rate': var('activation_days'),
    'email_open_rate': var('mail_response_days'),
    'email_click_rate': var('mail_response_days'),
    'email_unsubscribe_rate': var('mail_response_days'),
    'missed_chat_rate': support_days,
    'sla_met_rate': support_days,
    'first_response_sla_met_rate': support_days,
    'resolution_sla_met_rate': support_days,
    'chat_resolution_business_seconds_median': support_days,
    'ticket_resolution_business_seconds_median': support_days,
    'conversation_solved_rate': support_days,
    'first_contact_resolution_rate': matter_days,
    'repeat_contact_rate': matter_days,
    'contacts_per_matter': matter_days,
    'channel_switch_rate': matter_days,
    'first_contact_resolution_on_channel_rate': matter_days,
    'channel_return_rate': matter_days,
    'reopened_matter_rate': matter_days,
    'cost_per_matter': matter_days,
    'bot_solved_return_rate': matter_days,
    'unanswered_rate': support_days,
    'cost_per_solved_contact': support_days,
    'resolution_seconds_median': support_days,
    'chat_resolution_seconds_median': support_days,
    'ticket_resolution_seconds_median': support_days,
} -%}
{#- a milestone of a cohort is told at the end of its own month -#}
{%- set age = metric.split('_')[2] | int if metric.startswith('retention_month_') else 0 -%}
cast({{ period_start }} + interval {{ 1 + age }} month as date) + {{ days.get(metric, 0) }}
{%- endmacro %}
