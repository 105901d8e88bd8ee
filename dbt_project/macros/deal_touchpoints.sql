{# The touchpoints of a CRM's deals, from the CTE deals, as two CTEs: opened, and won or lost. #}
{% macro deal_touchpoints() -%}
-- a deal is the company's, not one person's: the account is its identifier
deals_created as (
    select
        deal_id as source_record_id,
        created_at as occurred_at,
        case when company_id is not null then 'crm_company_id' end as identifier_type,
        company_id as identifier_value,
        'crm' as channel,
        'deal_created' as touchpoint,
        'outbound' as direction,
        deal_name as content,
        cast(amount as decimal(18, 4)) as value_amount,
        currency_code,
    from deals
),

deals_closed as (
    select
        deal_id as source_record_id,
        closed_at as occurred_at,
        case when company_id is not null then 'crm_company_id' end as identifier_type,
        company_id as identifier_value,
        'crm' as channel,
        case when is_won then 'deal_won' else 'deal_lost' end as touchpoint,
        'inbound' as direction,
        deal_name as content,
        cast(amount as decimal(18, 4)) as value_amount,
        currency_code,
    from deals
    where is_closed and closed_at is not null
),
{%- endmacro %}
