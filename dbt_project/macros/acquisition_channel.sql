{# Where a visit came from, told by its campaign marks and its referrer; null where nothing
   tells it (a direct visit, or a click inside the own site). Campaign marks win over the
   referrer, because the company set them itself. #}
{% macro acquisition_channel(
    event_name, utm_source, utm_medium, referring_domain, current_url
) -%}
    {#- whole words of a name: the x.com of netflix.com is no social network -#}
    {%- set social = "(^|[^a-z])(facebook|fb|meta|instagram|ig|linkedin|lnkd|twitter|x\\.com|t\\.co|youtube"
        ~ "|xing|tiktok|pinterest|reddit|social)($|[^a-z])" -%}
    {%- set search = "(^|[^a-z])(google|bing|duckduckgo|ecosia|yahoo|startpage|qwant|baidu"
        ~ "|search)($|[^a-z])" -%}
    {%- set medium = "lower(coalesce(" ~ utm_medium ~ ", ''))" -%}
    {%- set campaign_source = "lower(coalesce(" ~ utm_source ~ ", ''))" -%}
    {%- set referrer = "lower(coalesce(" ~ referring_domain ~ ", ''))" -%}
    case
        when regexp_matches({{ medium }}, '^(cpc|ppc|cpm|sem|paid.*|display|ads?)$')
            and (
                {{ medium }} like '%social%'
                or regexp_matches({{ campaign_source }}, '{{ social }}')
            )
            then 'paid_social'
        when regexp_matches({{ medium }}, '^(cpc|ppc|cpm|sem|paid.*|display|ads?)$')
            then 'paid_search'
        when {{ medium }} in ('social_paid', 'social-paid') then 'paid_social'
        when {{ medium }} in ('email', 'e-mail', 'newsletter')
            or {{ campaign_source }} = 'newsletter'
            then 'email'
        when {{ medium }} like '%social%' then 'social'
        when {{ medium }} = 'organic' then 'organic_search'
        when {{ medium }} in ('referral', 'affiliate', 'partner') then 'referral'
        when {{ event_name }} = 'Ad Clicked'
            and regexp_matches({{ campaign_source }}, '{{ social }}')
            then 'paid_social'
        when {{ event_name }} = 'Ad Clicked' then 'paid_search'
        when {{ referrer }} in ('', '$direct')
            or contains(coalesce({{ current_url }}, ''), '//' || {{ referrer }})
            then null
        when regexp_matches({{ referrer }}, '{{ social }}') then 'social'
        when regexp_matches({{ referrer }}, '{{ search }}') then 'organic_search'
        else 'referral'
    end
{%- endmacro %}
