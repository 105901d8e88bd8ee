with tickets as (
    select * from {{ ref('stg_hubspot__tickets') }}
    where not is_archived and not coalesce(is_deleted, false)
),

associations as (
    select * from {{ ref('stg_hubspot__associations') }}
    where not coalesce(is_deleted, false) and from_object_type = 'tickets'
),

-- a ticket may name several people: the first by id keeps one row per ticket
contacts as (
    select
        from_object_id as ticket_id,
        min(to_object_id) as contact_id,
    from associations
    where to_object_type = 'contacts'
    group by all
),

companies as (
    select
        from_object_id as ticket_id,
        min(to_object_id) as company_id,
    from associations
    where to_object_type = 'companies'
    group by all
),

conversations as (
    select
        'ticket' as conversation_type,
        tickets.ticket_id as source_record_id,
        case
            when contacts.contact_id is not null then 'crm_contact_id'
            when companies.company_id is not null then 'crm_company_id'
        end as identifier_type,
        'hubspot' as identifier_namespace,
        coalesce(contacts.contact_id, companies.company_id) as identifier_value,
        {{ meaning_of('hubspot', 'ticket_source', 'tickets.source_type') }} as channel,
        tickets.subject,
        tickets.created_at as started_at,
        tickets.created_at as first_customer_message_at,
        {{ moment_after('tickets.first_agent_reply_at', 'tickets.created_at') }}
            as first_agent_message_at,
        true as is_answer_told,
        case
            when tickets.is_closed
                then {{ moment_after('tickets.closed_at', 'tickets.created_at') }}
        end as resolved_at,
        1 as message_count,
        {{ is_ticket_resolved('tickets.is_closed', 'tickets.closed_at') }}
            as is_resolved,
        false as is_bot_solved,
        false as is_missed,
        tickets._dlt_load_id as load_id,
    from tickets
    left join contacts
        on tickets.ticket_id = contacts.ticket_id
    left join companies
        on tickets.ticket_id = companies.ticket_id
    where tickets.created_at < {{ as_of() }}
),

ended as (
    select
        *,
        coalesce(resolved_at, first_agent_message_at, started_at)
            as last_activity_at,
    from conversations
)

select * from ended
