{# An e-mail address as it is compared: small letters, nothing around them, accents written one way;
   null if it is none. Some providers deliver mia+news@ and m.ia@ to mia@: what they ignore is left
   out only at the domains that the vars email_plus_domains and email_dot_domains name. #}
{% macro to_email(text) -%}
    {%- set address = "lower(trim(" ~ composed(text) ~ "))" -%}
    {%- if var('email_plus_domains', []) -%}
        {%- set domains = var('email_plus_domains') | join('|') | replace('.', '\\.') -%}
        {%- set address = "regexp_replace(" ~ address ~ ", '\\+[^@]*@(" ~ domains ~ ")$', '@\\1')"
        -%}
    {%- endif -%}
    case
        {% if var('email_dot_domains', []) -%}
        {%- set domains = var('email_dot_domains') | join("', '") -%}
        when {{ text }} like '_%@_%' and split_part({{ address }}, '@', 2) in ('{{ domains }}')
            then replace(split_part({{ address }}, '@', 1), '.', '')
                || '@' || split_part({{ address }}, '@', 2)
        {% endif -%}
        when {{ text }} like '_%@_%' then {{ address }}
    end
{%- endmacro %}
