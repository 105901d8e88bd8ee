{# Where a pattern of events is found, as a whole statement: one row per match, those of a person
   without overlap, the earliest first. How many a person has is ClickHouse's sequenceCount, and having
   one its sequenceMatch; docs/funnels.md has examples.

   - events: a relation, or a query in brackets.
   - conditions: conditions on a row, as SQL. Events that meet none are skipped, as if they were not there.
   - pattern: `(?1)` is an event that meets the first condition, `.` any event that meets one. What
     stands behind each other follows at once; `.*` lets any events lie between, and so does a time in
     seconds: `(?1)(?t<=3600)(?2)`, with <=, <, >=, > or ==.

   Columns: the person, match_number, started_at, ended_at. #}
{% macro path_matches(
    events, conditions, pattern, person='customer_id', moment='occurred_at', tie='touchpoint_id'
) -%}
{%- set parts = path_parts(pattern, conditions | length).split(' ') -%}
{%- set n = (parts | length + 1) // 2 -%}
{#- events of one moment are numbered, so that each has a place of its own -#}
{%- set scale = 1024 -%}
with recursive matched as (
    select
        {{ person }} as person,
        {{ microseconds(moment) }} as at_us,
        {{ tie }} as tie,
        {%- for condition in conditions %}
        coalesce({{ condition }}, false) as is_{{ loop.index }},
        {%- endfor %}
    from {{ events }} as events
    where {{ person }} is not null and {{ moment }} is not null
),

placed as (
    select
        *,
        least(
            row_number() over (partition by person, at_us order by tie) - 1,
            {{ scale - 1 }}
        ) as tied,
    from matched
    where {% for _ in conditions %}{{ 'or ' if not loop.first }}is_{{ loop.index }} {% endfor %}
),

-- for each event that the last part may be: where its match ends
part_{{ n }} as (
    select
        *,
        at_us * {{ scale }} + tied as place,
        case when {{ 'true' if parts[-1] == '.' else 'is_' ~ parts[-1] }}
            then at_us * {{ scale }} + tied
        end as end_{{ n }},
    from placed
),
{%- for k in range(n - 1, 0, -1) %}
{%- set part = parts[2 * k - 2] %}
{%- set link = parts[2 * k - 1] %}
{%- set sign = link.rstrip('0123456789') %}
{%- set gap = (link[sign | length:] or 0) | int * 1000000 * scale %}

-- … and for each that an earlier part may be: the end of the nearest match that goes on from it
part_{{ k }} as (
    select
        *,
        case
            when {{ 'true' if part == '.' else 'is_' ~ part }} then
                {%- if link == 'next' %}
                lead(end_{{ k + 1 }}) over (partition by person order by place)
                {%- else %}
                first_value(end_{{ k + 1 }} ignore nulls) over (
                    partition by person
                    order by place
                    range between
                    {%- if sign in ['*', '<', '<='] or (sign == '>=' and not gap) %}
                    1 following
                    {%- elif sign == '>' %}
                    {{ gap + scale }} - tied following
                    {%- else %}
                    greatest({{ gap }} - tied, 1) following
                    {%- endif %}
                    {%- if sign == '<' %}
                    and greatest({{ gap }} - tied - 1, 0) following
                    {%- elif sign in ['<=', '=='] %}
                    and {{ gap + scale - 1 }} - tied following
                    {%- else %}
                    and unbounded following
                    {%- endif %}
                )
                {%- endif %}
        end as end_{{ k }},
    from part_{{ k + 1 }}
),
{%- endfor %}

candidates as (
    select
        person,
        place as begins,
        end_1 as ends,
    from part_1
    where end_1 is not null
),

{{ one_after_the_other('begins', 'ends', 'match_number') }}

matches as (
    select
        person as {{ person }},
        match_number,
        {{ moment_at('begins // ' ~ scale) }} as started_at,
        {{ moment_at('ends // ' ~ scale) }} as ended_at,
    from counted
)

select * from matches
{%- endmacro %}

{# The parts of a pattern with what stands between them, as words: a condition's number or a dot, then
   `next`, `*` or a sign and seconds. #}
{% macro path_parts(pattern, condition_count) -%}
{%- set wrong -%}
paths: {{ pattern }} is no pattern of {{ condition_count }} conditions, such as (?1)(?t<=3600)(?2)
{%- endset -%}
{%- set said = namespace(words=[], link=none, rest=pattern) -%}
{%- for _ in range(pattern | length) if said.rest -%}
    {%- set inner = said.rest[2:].split(')')[0]
        if said.rest.startswith('(?') and ')' in said.rest else '' -%}
    {%- set sign = inner[1:].rstrip('0123456789') -%}
    {%- if said.rest.startswith('.*') and said.link is none -%}
        {%- set said.link = '*' -%}
        {%- set said.rest = said.rest[2:] -%}
    {%- elif inner.startswith('t') and sign in ['<=', '<', '>=', '>', '=='] and inner[-1:].isdigit()
        and said.words and said.link is none and said.rest[inner | length + 2:] -%}
        {%- set said.link = inner[1:] -%}
        {%- set said.rest = said.rest[inner | length + 3:] -%}
    {%- elif said.rest.startswith('.') or (inner.isdigit() and 0 < inner | int <= condition_count) -%}
        {%- if said.words %}{% do said.words.append(said.link or 'next') %}{% endif -%}
        {%- do said.words.append(inner or '.') -%}
        {%- set said.link = none -%}
        {%- set said.rest = said.rest[inner | length + 3 if inner else 1:] -%}
    {%- else -%}
        {{ exceptions.raise_compiler_error(wrong) }}
    {%- endif -%}
{%- endfor -%}
{%- if not said.words or said.rest or said.link not in [none, '*'] -%}
    {{ exceptions.raise_compiler_error(wrong) }}
{%- endif -%}
{{ said.words | join(' ') }}
{%- endmacro %}
