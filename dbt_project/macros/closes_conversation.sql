{# Whether a text only ends a conversation: a thank-you asks for nothing. Words are in seeds/closing_words.csv,
   those that take it back as well (`but`). A thank-you is short; after more words something follows. #}
{% macro closes_conversation(text) -%}
    coalesce(
        length(trim({{ text }})) <= 60
        and not regexp_matches({{ text }}, '[?？؟]')
        and regexp_matches(
            lower({{ text }}),
            (
                select '(^|[^\pL])(' || string_agg(pattern, '|') || ')([^\pL]|$)'
                from {{ ref('closing_words') }}
                where closes
            )
        )
        and not regexp_matches(
            lower({{ text }}),
            (
                select '(^|[^\pL])(' || string_agg(pattern, '|') || ')([^\pL]|$)'
                from {{ ref('closing_words') }}
                where not closes
            )
        ),
        false
    )
{%- endmacro %}
