with versions as (
    select
        *,
        {{ visitor_name('visitor') }} as visitor_name,
        nullif({{ json_text('visitor', 'city') }}, 'unknown') as city,
        nullif({{ json_text('visitor', 'country') }}, 'unknown') as country_code,
        (version_at, version_id) as recency,
    from {{ ref('base_tawk__chat_versions') }}
),

messages as (
    select * from {{ ref('stg_tawk__messages') }}
),

-- of each detail the newest version that tells it: arg_max passes over nulls
told as (
    select
        chat_id,
        arg_max(property_id, recency) as property_id,
        arg_max(visitor_id, recency) as visitor_id,
        arg_max(visitor_name, recency) as visitor_name,
        arg_max({{ to_email(json_text('visitor', 'email')) }}, recency)
            as visitor_email,
        arg_max({{ json_text('visitor', 'phone') }}, recency) as visitor_phone,
        arg_max(city, recency) as city,
        arg_max(country_code, recency) as country_code,
        arg_max(domain, recency) as domain,
        arg_max(referrer, recency) as referrer,
        min(started_at) as started_at,
        max(version_at) as updated_at,
        bool_or(is_deleted) as is_deleted,
        arg_max(_dlt_load_id, recency) as _dlt_load_id,
        arg_max(_dlt_id, recency) as _dlt_id,
    from versions
    group by all
),

spoken as (
    select
        chat_id,
        min(occurred_at) as first_message_at,
        max(occurred_at) as last_message_at,
        min(message_index) filter (
            where sender_type = 'customer'
        ) as first_customer_index,
    from messages
    group by all
),

-- what was written up to the visitor's first message; greetings may stand in front
opening as (
    select messages.*
    from messages
    inner join spoken
        on messages.chat_id = spoken.chat_id
    where
        messages.sender_type != 'agent'
        and messages.message_index
        <= coalesce(spoken.first_customer_index, messages.message_index)
),

-- answers of the form before the chat stand there, as lines of `Label : value`
asked as (
    select
        chat_id,
        arg_min({{ form_address('text') }}, message_index) as form_email,
        arg_min(
            {{ form_answer('text', 'phone|telephone|telefon|tel|mobile|handy|mobil') }},
            message_index
        ) as form_phone,
        arg_min({{ form_answer('text', 'name') }}, message_index) as form_name,
    from opening
    group by all
),

renamed as (
    select
        told.chat_id,
        told.property_id,
        told.visitor_id,
        coalesce(told.visitor_email, {{ to_email('asked.form_email') }})
            as visitor_email,
        coalesce(told.visitor_phone, asked.form_phone) as visitor_phone,
        coalesce(told.visitor_name, asked.form_name) as visitor_name,
        told.city,
        upper(told.country_code) as country_code,
        told.domain,
        told.referrer,
        least(told.started_at, spoken.first_message_at, told.updated_at) as started_at,
        -- a webhook comes minutes after what it tells
        coalesce(spoken.last_message_at, told.updated_at) as updated_at,
        told.is_deleted,
        told._dlt_load_id,
        told._dlt_id,
    from told
    left join spoken
        on told.chat_id = spoken.chat_id
    left join asked
        on told.chat_id = asked.chat_id
)

select * from renamed
