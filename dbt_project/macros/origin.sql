{# The host of an address or of a referring domain, as it is compared: lower case, without www. #}
{% macro url_host(text) -%}
    nullif(
        regexp_extract(
            lower(trim({{ text }})),
            '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?(?:www\.)?([^/?#:$]+)', 1
        ),
        ''
    )
{%- endmacro %}

{# The names of the parameters that an address gives a value to, in lower case. #}
{% macro query_names(url) -%}
    coalesce(
        regexp_extract_all(lower({{ url }}), '[?&#]([a-z0-9_]+)=[^&#]', 1),
        cast([] as varchar[])
    )
{%- endmacro %}

{# A campaign mark as it was meant: null for a vendor's words for none. #}
{% macro campaign_mark(text) -%}
    case
        when not regexp_matches(
            lower({{ text }}),
            '^\s*(\(?(not set|none|direct|not provided|organic|referral)\)|none|not set|direct)?\s*$'
        )
            then trim({{ text }})
    end
{%- endmacro %}

{# The columns that tell where a visit came from, and the key under which all visits that tell the
   same are judged once (int_origins_classified). The relation has the columns utm_source,
   utm_medium, has_campaign, referrer_host, page_host, click_names (a list) and is_ad_click. #}
{% macro origin_id() -%}
    md5(
        concat_ws(
            chr(31),
            coalesce(lower(utm_source), ''),
            coalesce(lower(utm_medium), ''),
            has_campaign,
            coalesce(referrer_host, ''),
            coalesce(page_host, ''),
            array_to_string(list_sort(list_distinct(click_names)), ','),
            is_ad_click
        )
    )
{%- endmacro %}
