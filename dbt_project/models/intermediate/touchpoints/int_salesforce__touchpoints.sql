with conversations as (
    select * from {{ ref('int_salesforce__conversations') }}
),

deals as (
    select * from {{ ref('int_salesforce__deals') }}
),

tasks as (
    select * from {{ ref('stg_salesforce__tasks') }}
    where
        not is_deleted
        and is_closed
        and completed_at is not null
        and who_object in ('contact', 'lead')
        and task_subtype in ('call', 'email')
),

events as (
    select * from {{ ref('stg_salesforce__events') }}
    where not is_deleted and not is_copy and not is_series
),

cases_opened as (
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

-- what sellers write or say is theirs, unless the call came in
talked as (
    select
        task_id as source_record_id,
        completed_at as occurred_at,
        'crm_' || who_object || '_id' as identifier_type,
        who_id as identifier_value,
        case task_subtype when 'call' then 'phone' else 'email' end as channel,
        case task_subtype when 'call' then 'sales_call_held' else 'sales_email_sent' end
            as touchpoint,
        case when call_type = 'inbound' then 'inbound' else 'outbound' end
            as direction,
        subject as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        _dlt_load_id as load_id,
    from tasks
),

met as (
    select
        event_id as source_record_id,
        starts_at as occurred_at,
        case
            when who_object in ('contact', 'lead') then 'crm_' || who_object || '_id'
            when what_object = 'account' then 'crm_company_id'
        end as identifier_type,
        case
            when who_object in ('contact', 'lead') then who_id
            when what_object = 'account' then what_id
        end as identifier_value,
        'in_person' as channel,
        'sales_meeting_held' as touchpoint,
        'inbound' as direction,
        subject as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        _dlt_load_id as load_id,
    from events
),

{{ deal_touchpoints() }}

unioned as (
    select * from cases_opened
    union all by name
    select * from talked
    union all by name
    select * from met
    union all by name
    select * from deals_created
    union all by name
    select * from deals_closed
),

touchpoints as (
    select
        'salesforce' as source,
        source_record_id,
        occurred_at,
        identifier_type,
        'salesforce' as identifier_namespace,
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
    -- with nobody of the customer's side, an entry of the calendar is none
    where touchpoint != 'sales_meeting_held' or identifier_value is not null
)

select * from touchpoints
