-- an answer follows its question; negative times mean mixed-up senders or time zones
select * from {{ ref('fct_conversations') }}
where
    first_customer_message_at < started_at
    or first_agent_message_at < first_customer_message_at
    or resolved_at < started_at
    -- of what was solved the moment may not be told
    or (resolved_at is not null and status not in ('resolved', 'bot_solved'))
    or first_response_seconds < 0
