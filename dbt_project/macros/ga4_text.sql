{# A text of Google Analytics as it was meant: null for its words for nothing and for what it hides.
   "(none)" and "(direct)" stay: they say that a visit came by no link. #}
{% macro ga4_text(text) -%}
    {{ text_or_null(
        "regexp_replace(" ~ text ~ ", "
        ~ "'^ *(\\((not set|not provided|data deleted|other)\\)|<other>) *$', '', 'i')"
    ) }}
{%- endmacro %}
