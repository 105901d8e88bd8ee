{# What a word of a vendor's means, as the seed says; for one that it does not know, what counts
   meanwhile. #}
{% macro meaning_of(source, field, word) -%}
    {%- set known = word_fields()
        | selectattr('source', 'equalto', source)
        | selectattr('field', 'equalto', field) | first -%}
    coalesce(
        (
            select any_value(words.meaning)
            from {{ ref('vendor_words') }} as words
            where
                words.source = '{{ source }}'
                and words.field = '{{ field }}'
                and lower(words.word) = lower(trim({{ word }}))
                and words.meaning in ('{{ known.meanings | join("', '") }}')
        ),
        '{{ known.otherwise }}'
    )
{%- endmacro %}
