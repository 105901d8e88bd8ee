{# A source's events; where the user id is a blocked value it is null, so that the device tells whose
   event it is. #}
{% macro events_of_known_users(staging) -%}
with events as (
    select * from {{ ref(staging) }}
),

blocked as (
    select * from {{ ref('int_user_ids_blocked') }}
),

final as (
    select
        events.* replace (
            case when blocked.user_id is null then events.user_id end as user_id
        ),
    from events
    left join blocked
        on events.user_id = blocked.user_id
)

select * from final
{%- endmacro %}
