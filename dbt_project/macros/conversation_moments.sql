{# What decides a conversation, as a CTE body over its messages: one definition for every source that
   keeps them. `messages` has conversation_key, sender_kind (customer, agent, bot, system), occurred_at
   and is_closing.

   - A customer began it who wrote in it; a greeting of a program or of an agent alone begins nothing.
   - It is answered by the first agent's message after the customer's first.
   - It is solved once the customer's last question is answered by an agent, or by a bot whom the
     customer thanks. A thank-you is no question (int_closing_texts).
   - It ends with the last word of a human: what programs write afterwards, such as the message that it
     was closed or a request for a rating, prolongs nothing.
   - It is missed if the customer wrote, no agent answered and no bot solved it. #}
{% macro conversation_moments(messages) -%}
    with asked as (
        select
            conversation_key,
            min(occurred_at) filter (
                where sender_kind = 'customer'
            ) as first_customer_message_at,
            coalesce(
                max(occurred_at) filter (
                    where sender_kind = 'customer' and not is_closing
                ),
                min(occurred_at) filter (where sender_kind = 'customer')
            ) as last_question_at,
            max(occurred_at) filter (
                where sender_kind = 'customer' and is_closing
            ) as last_thanks_at,
        from {{ messages }}
        group by all
    ),

    answered as (
        select
            messages.conversation_key,
            asked.first_customer_message_at,
            min(messages.occurred_at) as first_message_at,
            min(messages.occurred_at) filter (
                where messages.sender_kind = 'agent'
                and messages.occurred_at > asked.first_customer_message_at
            ) as first_agent_message_at,
            max(messages.occurred_at) filter (
                where messages.sender_kind in ('customer', 'agent')
            ) as last_human_message_at,
            coalesce(
                max(messages.occurred_at) filter (
                    where messages.sender_kind = 'agent'
                ) > any_value(asked.last_question_at),
                false
            ) as is_answered_by_agent,
            coalesce(
                min(messages.occurred_at) filter (
                    where messages.sender_kind = 'bot'
                    and messages.occurred_at > asked.last_question_at
                ) < any_value(asked.last_thanks_at),
                false
            ) as is_answered_by_bot,
            count(*) filter (where messages.sender_kind != 'system') as message_count,
        from {{ messages }} as messages
        inner join asked
            on messages.conversation_key = asked.conversation_key
        group by all
    )

    select
        conversation_key,
        first_message_at,
        first_customer_message_at,
        first_agent_message_at,
        last_human_message_at,
        is_answered_by_agent or is_answered_by_bot as is_resolved,
        is_answered_by_bot and first_agent_message_at is null as is_bot_solved,
        first_customer_message_at is not null
        and first_agent_message_at is null
        and not is_answered_by_bot as is_missed,
        case
            when is_answered_by_agent or is_answered_by_bot then last_human_message_at
        end as resolved_at,
        message_count,
    from answered
{%- endmacro %}

{# A moment that a record states, if it can be true: records are also written afterwards, and nothing
   answers or solves before the question. #}
{% macro moment_after(moment, question) -%}
    case
        when {{ moment }} >= {{ question }} and {{ moment }} < {{ as_of() }}
            then {{ moment }}
    end
{%- endmacro %}

{# Whether a ticket is solved: what its state says today counts, not a closing date that stayed behind
   when it was opened again. One that is closed later than the day that counts is open on it. #}
{% macro is_ticket_resolved(is_closed, closed_at) -%}
    coalesce({{ is_closed }} and coalesce({{ closed_at }} < {{ as_of() }}, true), false)
{%- endmacro %}
