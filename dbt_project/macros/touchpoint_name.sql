{# The key of a touchpoint, made from a vendor's event name: 'Page Viewed', 'page-viewed' and
   'page_viewed' are page_viewed, in any alphabet. Signs that tell names apart ('C++' and 'C#', an
   emoji) leave no letters behind, so such a name ends with a hash of itself: two names never share
   a key by accident. #}
{% macro touchpoint_name(event_name) -%}
    {%- set name = composed(event_name) -%}
    {%- set words = "trim(regexp_replace(lower(" ~ name
        ~ "), '[^\\p{L}\\p{N}\\p{M}]+', '_', 'g'), '_')" -%}
    case
        when {{ words }} != ''
            and not regexp_matches({{ name }}, '[^\p{L}\p{N}\p{M}\s_.,:;!?/()"''–—-]')
            then {{ words }}
        else trim(concat_ws('_', nullif({{ words }}, ''), left(md5({{ name }}), 6)), '_')
    end
{%- endmacro %}
