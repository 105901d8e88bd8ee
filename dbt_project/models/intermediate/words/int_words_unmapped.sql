{# What vendors and people say in words of their own that no line of a seed gives a
   meaning: counted by source, each with the line to write. Four seeds give meanings:
   vendor_words (fields of the macro word_fields), touchpoints, survey_questions and, for
   what stands in the marks of campaigns, acquisition_rules. #}
with vendor_words as (
    select * from {{ ref('vendor_words') }}
),

{% for field in word_fields() %}
{% set name = field.source ~ '_' ~ field.field %}
{{ name }} as (
    select
        '{{ field.source }}' as source,
        '{{ field.field }}' as field,
        lower(trim({{ field.word }})) as word,
        {{ field.at }} as seen_at,
    from {{ ref(field.model) }}
    where {{ field.word }} is not null
),

{{ name }}_unmapped as (
    select
        used.source,
        used.field,
        used.word,
        count(*) as row_count,
        min(used.seen_at) as first_seen_at,
        max(used.seen_at) as last_seen_at,
        '{{ field.otherwise }}' as counts_as,
        concat_ws(
            ', ',
            {% for meaning in field.meanings %}
            '{{ meaning }}'{% if not loop.last %},{% endif %}

            {% endfor %}
        ) as may_mean,
        'seeds/vendor_words.csv' as seed_file,
        concat_ws(
            ',', used.source, used.field, {{ csv_field('used.word') }},
            '{{ field.otherwise }}', ''
        ) as seed_line,
    from {{ name }} as used
    left join vendor_words
        on used.source = vendor_words.source
        and used.field = vendor_words.field
        and used.word = lower(vendor_words.word)
        and vendor_words.meaning in (
            {% for meaning in field.meanings %}
            '{{ meaning }}'{% if not loop.last %},{% endif %}

            {% endfor %}
        )
    where vendor_words.word is null and used.seen_at < {{ as_of() }}
    group by all
),

{% endfor %}

touchpoints_unmapped as (
    select
        used.source,
        'touchpoint' as field,
        used.touchpoint as word,
        count(*) as row_count,
        min(used.occurred_at) as first_seen_at,
        max(used.occurred_at) as last_seen_at,
        'no_step' as counts_as,
        (
            select string_agg(steps.journey_step, ', ' order by steps.step_order)
            from {{ ref('journey_steps') }} as steps
        ) as may_mean,
        'seeds/touchpoints.csv' as seed_file,
        concat_ws(
            ',', {{ csv_field('used.source') }}, {{ csv_field('used.touchpoint') }},
            coalesce(min(used.channel), ''), '', 'true',
            case
                when min(used.direction) = 'outbound' then 'company' else 'customer'
            end,
            'false', {{ csv_field('used.touchpoint') }},
            {{ csv_field('used.touchpoint') }}, 'no step is known yet'
        ) as seed_line,
    from {{ ref('int_touchpoints_unioned') }} as used
    left join {{ ref('touchpoints') }} as mapped
        on mapped.source in (used.source, '*')
        and used.touchpoint = mapped.touchpoint
    where mapped.touchpoint is null
    group by used.source, used.touchpoint
),

questions_unmapped as (
    select
        source,
        'question' as field,
        concat_ws(' ', survey_id, question_id, question) as word,
        answer_count as row_count,
        first_answered_at as first_seen_at,
        last_answered_at as last_seen_at,
        'no_figure' as counts_as,
        'nps, csat, ces, star' as may_mean,
        'seeds/survey_questions.csv' as seed_file,
        concat_ws(
            ',', source, {{ csv_field('survey_id') }}, {{ csv_field('question_id') }},
            'star', coalesce(printf('%g', scale_min), ''),
            coalesce(printf('%g', scale_max), ''), '', '1'
        ) as seed_line,
    from {{ ref('int_survey_questions_unmapped') }}
),

mediums_unmapped as (
    select
        source,
        'utm_medium' as field,
        utm_medium as word,
        row_count,
        first_seen_at,
        last_seen_at,
        acquisition_channel as counts_as,
        (
            select
                string_agg(
                    distinct rules.acquisition_channel,
                    ', ' order by rules.acquisition_channel
                )
            from {{ ref('acquisition_rules') }} as rules
            where rules.field != 'referrer' and rules.acquisition_channel != 'own'
        ) as may_mean,
        'seeds/acquisition_rules.csv' as seed_file,
        concat_ws(
            ',', 'medium', 'exact', {{ csv_field('utm_medium') }}, acquisition_channel,
            ''
        ) as seed_line,
    from {{ ref('int_mediums_unmapped') }}
),

unioned as (
    {% for field in word_fields() %}
    select * from {{ field.source }}_{{ field.field }}_unmapped
    union all
    {% endfor %}
    select * from touchpoints_unmapped
    union all
    select * from questions_unmapped
    union all
    select * from mediums_unmapped
)

select
    md5(concat_ws('|', source, field, word)) as word_id,
    *,
from unioned
