{# Whether a row is gone at its vendor, where no feed tells of deletions: the last complete listing
   of its table did not show it, so that it was last written by an older load. #}
{% macro is_gone(source_name, stream) -%}
    coalesce(
        try_cast(_dlt_load_id as decimal(20, 9)) < (
            select max(try_cast(load_id as decimal(20, 9)))
            from {{ target.database }}.kette.complete_listings
            where source = '{{ source_name }}' and stream = '{{ stream }}'
        ),
        false
    )
{%- endmacro %}
