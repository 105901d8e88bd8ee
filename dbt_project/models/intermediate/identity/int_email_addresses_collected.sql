{# Plain ASCII is an address in its one form already, and needs no second look. #}
{% set plain = '[a-z0-9_+-]+([.][a-z0-9_+-]+)*@([a-z0-9]+(-[a-z0-9]+)*[.])+[a-z]{2,}' %}

with collected as (
    {% for side in ['left', 'right'] %}
    select {{ side }}_value as email_text
    from {{ ref('int_identity_evidence_unioned') }}
    where {{ side }}_type = 'email'
    union
    {% endfor %}
    select identifier_value as email_text
    from {{ ref('int_touchpoints_unioned') }}
    where identifier_type = 'email'
    union
    select email as email_text
    from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
)

select * from collected
where email_text is not null and not regexp_full_match(email_text, '{{ plain }}')
