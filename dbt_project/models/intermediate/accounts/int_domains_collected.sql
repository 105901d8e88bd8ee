{# Plain ASCII is a domain in its one form already, and needs no second look. #}
{% set plain = '([a-z0-9]+(-[a-z0-9]+)*[.])+[a-z]{2,}' %}

{# what was written anew, and what people decided, is in its form already #}
{% set spelled = ['domains', 'manual'] %}

with collected as (
    {% for source in offering('account_evidence') | reject('in', spelled) %}
    select right_value as domain_text
    from {{ ref('int_' ~ source ~ '__account_evidence') }}
    where right_type = 'domain'
    union
    {% endfor %}
    select domain as domain_text from {{ ref('int_person_domains') }}
    union
    select identifier_value as domain_text
    from {{ ref('int_touchpoints_unioned') }}
    where identifier_type = 'domain'
)

select * from collected
where
    domain_text is not null
    and (
        not regexp_full_match(domain_text, '{{ plain }}')
        or contains(domain_text, 'xn--')
    )
