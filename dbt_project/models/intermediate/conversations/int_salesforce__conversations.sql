with cases as (
    select * from {{ ref('stg_salesforce__cases') }}
    where not is_deleted and created_at < {{ as_of() }}
),

conversations as (
    select
        'case' as conversation_type,
        case_id as source_record_id,
        case
            when contact_id is not null then 'crm_contact_id'
            when company_id is not null then 'crm_company_id'
        end as identifier_type,
        'salesforce' as identifier_namespace,
        coalesce(contact_id, company_id) as identifier_value,
        {{ meaning_of('salesforce', 'case_origin', 'origin') }} as channel,
        subject,
        created_at as started_at,
        created_at as first_customer_message_at,
        -- Salesforce does not record when an agent first answered
        cast(null as timestamptz) as first_agent_message_at,
        false as is_answer_told,
        case
            when is_closed then {{ moment_after('closed_at', 'created_at') }}
        end as resolved_at,
        1 as message_count,
        {{ is_ticket_resolved('is_closed', 'closed_at') }} as is_resolved,
        false as is_bot_solved,
        false as is_missed,
        _dlt_load_id as load_id,
    from cases
),

ended as (
    select
        *,
        coalesce(resolved_at, started_at) as last_activity_at,
    from conversations
)

select * from ended
