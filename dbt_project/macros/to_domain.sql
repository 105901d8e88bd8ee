{# A domain from an address of a website, in small letters and any alphabet; null if it is none. Numbers
   of machines are none. Of a domain with other letters than a to z, int_domains_normalised knows the
   one form. #}
{% macro to_domain(text) -%}
    nullif(
        regexp_extract(
            lower(trim({{ composed("translate(" ~ text ~ ", '。．｡', '...')") }})),
            '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?(?:www\.)?'
            || '([^\s/:?#@,;\[\]]+\.[^\s/:?#@,;.0-9\[\]][^\s/:?#@,;.\[\]]+)\.?(?:[:/?#]|$)',
            1
        ),
        ''
    )
{%- endmacro %}
