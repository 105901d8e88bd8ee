{# The sum of a list of texts, each read by an expression over `each`; of nothing 0. Where one of them
   cannot be read, the sum is not known. #}
{% macro sum_of_read(texts, value, scale=2) -%}
    case
        when coalesce(
            len(
                list_filter(
                    {{ texts }}, lambda each: each is not null and ({{ value }}) is null
                )
            ),
            0
        ) = 0
            then {{ money_of(
                "coalesce(list_sum(list_transform(" ~ texts ~ ", lambda each: " ~ value ~ ")), 0)",
                scale
            ) }}
    end
{%- endmacro %}
