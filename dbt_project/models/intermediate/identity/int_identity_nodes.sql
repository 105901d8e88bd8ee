with evidence as (
    select * from {{ ref('int_identity_evidence') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

-- people of whom there is a record, whatever they have done
recorded as (
    {{ union_of('identity_nodes') }}
),

account_rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'account'
),

role_mailboxes as (
    select * from {{ ref('role_mailboxes') }}
),

-- as they are compared, and as a file wrote them
fixed_lines as (
    select phone as phone_number from {{ ref('int_phone_numbers_normalised') }}
    where is_fixed_line
    union
    select phone_text as phone_number from {{ ref('int_phone_numbers_normalised') }}
    where is_fixed_line
),

linked as (
    {% for side in ['left', 'right'] %}
    select
        {{ side }}_type as identifier_type,
        {{ side }}_namespace as identifier_namespace,
        {{ side }}_value as identifier_value,
        first_seen_at,
        last_seen_at,
    from evidence
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

touched as (
    select
        touchpoints.identifier_type,
        touchpoints.identifier_namespace,
        touchpoints.identifier_value,
        min(touchpoints.occurred_at) as first_seen_at,
        max(touchpoints.occurred_at) as last_seen_at,
    from touchpoints
    left join account_rules
        on touchpoints.identifier_type = account_rules.identifier_type
    where account_rules.identifier_type is null
    group by all
),

unioned as (
    select * from linked
    union all
    select * from touched
    union all
    select * from recorded
),

seen as (
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
    from unioned
    where identifier_value is not null and identifier_value != ''
    group by all
),

-- an office's mailbox and a fixed line are used by several people
final as (
    select
        seen.*,
        role_mailboxes.mailbox is not null
        or fixed_lines.phone_number is not null as is_shared,
    from seen
    left join role_mailboxes
        on seen.identifier_type = 'email'
        and split_part(seen.identifier_value, '@', 1) = role_mailboxes.mailbox
    left join fixed_lines
        on seen.identifier_type = 'phone'
        and seen.identifier_value = fixed_lines.phone_number
)

select * from final
