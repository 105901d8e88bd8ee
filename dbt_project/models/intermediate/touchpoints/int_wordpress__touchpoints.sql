-- People write; other sites ping and robots advertise. What an editor has taken for
-- spam or thrown away by now is no touchpoint.
with comments as (
    select
        *,
        coalesce(comment_type, 'comment') as given_kind,
        {{ meaning_of('wordpress', 'comment_type', 'given_kind') }} as kind,
    from {{ ref('stg_wordpress__comments') }}
),

states as (
    select * from {{ ref('stg_wordpress__comment_states') }}
),

touchpoints as (
    select
        'wordpress' as source,
        comments.comment_id as source_record_id,
        comments.created_at as occurred_at,
        case when comments.email is not null then 'email' end as identifier_type,
        'global' as identifier_namespace,
        comments.email as identifier_value,
        case when comments.kind = 'review' then 'review' else 'website' end
            as channel,
        case
            when comments.kind = 'review' then 'review_written'
            else 'comment_posted'
        end as touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        comments.content_text as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        json_object('link', comments.link) as properties,
        comments._dlt_load_id as load_id,
    from comments
    left join states
        on comments.comment_id = states.comment_id
    where
        comments.kind != 'none'
        and coalesce(states.status, comments.status) in ('approved', 'hold')
        and not coalesce(states.is_deleted, false)
)

select * from touchpoints
