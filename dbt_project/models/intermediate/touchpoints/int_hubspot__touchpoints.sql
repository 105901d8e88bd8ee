with conversations as (
    select * from {{ ref('int_hubspot__conversations') }}
),

deals as (
    select * from {{ ref('int_hubspot__deals') }}
),

tickets as (
    select
        source_record_id,
        started_at as occurred_at,
        identifier_type,
        identifier_value,
        channel,
        'ticket_opened:' || channel as touchpoint,
        'inbound' as direction,
        subject as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        load_id,
    from conversations
),

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

unioned as (
    select * from tickets
    union all by name
    select * from deals_created
    union all by name
    select * from deals_closed
),

touchpoints as (
    select
        'hubspot' as source,
        source_record_id,
        occurred_at,
        identifier_type,
        'hubspot' as identifier_namespace,
        identifier_value,
        channel,
        touchpoint,
        direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        content,
        value_amount,
        currency_code,
        cast(null as json) as properties,
        load_id,
    from unioned
)

select * from touchpoints
