{% set unread = [] %}

-- Webhooks tell of a ticket's opening, only the REST listing of what became of it.
with webhooks as (
    select * from {{ ref('stg_tawk__webhook_events') }}
    where ticket_id is not null
),

listed as (
    select * from {{ source('tawk', 'tickets') }}
),

versions as (
    select
        ticket_id,
        property_id,
        json_extract(payload, '$.ticket') as ticket,
        json_extract(payload, '$.requester') as requester,
        occurred_at as created_at,
        occurred_at as updated_at,
        0 as precedence,
        _dlt_load_id,
        _dlt_id,
    from webhooks
    union all
    select
        ticket_id,
        property_id,
        coalesce(json_extract(payload, '$.ticket'), payload) as ticket,
        json_extract(payload, '$.requester') as requester,
        cast(created_at as timestamptz) as created_at,
        cast(coalesce(updated_at, created_at) as timestamptz) as updated_at,
        1 as precedence,
        _dlt_load_id,
        _dlt_id,
    from listed
),

ranked as (
    select
        *,
        (precedence, updated_at, _dlt_load_id, _dlt_id) as recency,
        {{ to_count(json_text('ticket', 'humanId'), unread) }} as ticket_number,
        {{ unread_values(unread) }},
    from versions
),

renamed as (
    select
        ticket_id,
        arg_max(property_id, recency) as property_id,
        arg_max(ticket_number, recency) as ticket_number,
        arg_max({{ json_text('ticket', 'subject') }}, recency) as subject,
        arg_max({{ json_text('ticket', 'message') }}, recency) as text,
        coalesce(
            arg_max(lower({{ json_text('ticket', 'status') }}), recency), 'open'
        ) as status,
        arg_max({{ visitor_name('requester') }}, recency) as requester_name,
        arg_max({{ to_email(json_text('requester', 'email')) }}, recency)
            as requester_email,
        min(created_at) as created_at,
        max(updated_at) as updated_at,
        coalesce(
            arg_max({{ to_flag(json_text('ticket', 'deleted')) }}, recency), false
        ) as is_deleted,
        arg_max(unread_values, recency) as unread_values,
        arg_max(_dlt_load_id, recency) as _dlt_load_id,
        arg_max(_dlt_id, recency) as _dlt_id,
    from ranked
    group by all
)

select * from renamed
