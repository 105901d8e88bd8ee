with known as (
    select customer_id
    from {{ ref('dim_customers') }}
    where is_identified and not is_internal
),

known_accounts as (
    select account_id
    from {{ ref('dim_accounts') }}
    where not is_internal
),

stated as (
    select
        'person' as entity,
        stated_values.customer_id as entity_id,
        stated_values.attribute,
        stated_values.source,
        stated_values.attribute_value,
        stated_values.is_chosen,
    from {{ ref('int_customer_values') }} as stated_values
    inner join known
        on stated_values.customer_id = known.customer_id
    -- what only evidence remembers is no record's word
    where not stated_values.is_doubtful and stated_values.source != 'identity'
    union all
    select
        'account' as entity,
        stated_values.account_id as entity_id,
        stated_values.attribute,
        stated_values.source,
        stated_values.attribute_value,
        stated_values.is_chosen,
    from {{ ref('int_account_values') }} as stated_values
    inner join known_accounts
        on stated_values.account_id = known_accounts.account_id
    where
        not stated_values.is_doubtful
        and stated_values.source != 'identity'
        -- two CRMs number differently: that is no disagreement
        and stated_values.attribute != 'crm_company_id'
),

-- what one source says of one person, and what counts: many spellings are one opinion
opinions as (
    select
        entity,
        entity_id,
        attribute,
        source,
        list(distinct lower(trim(attribute_value))) as opinions,
        max(lower(trim(attribute_value))) filter (where is_chosen) as chosen_here,
    from stated
    group by all
),

chosen as (
    select
        entity,
        entity_id,
        attribute,
        max(chosen_here) as chosen_value,
        count(*) as source_count,
    from opinions
    group by all
),

compared as (
    select
        opinions.entity,
        opinions.entity_id,
        opinions.attribute,
        opinions.source,
        chosen.source_count > 1 as is_comparable,
        not list_contains(opinions.opinions, chosen.chosen_value) as is_contrary,
    from opinions
    inner join chosen
        on opinions.entity = chosen.entity
        and opinions.entity_id = chosen.entity_id
        and opinions.attribute = chosen.attribute
),

together as (
    select
        entity,
        entity_id,
        attribute,
        bool_or(is_comparable) as is_comparable,
        bool_or(is_contrary) as is_contrary,
    from compared
    group by all
),

measured as (
    select
        entity,
        attribute,
        source,
        count(*) as valued_count,
        count(*) filter (where is_comparable) as comparable_count,
        count(*) filter (where is_comparable and is_contrary) as disagreeing_count,
    from compared
    group by all
    union all
    select
        entity,
        attribute,
        'all' as source,
        count(*) as valued_count,
        count(*) filter (where is_comparable) as comparable_count,
        count(*) filter (where is_comparable and is_contrary) as disagreeing_count,
    from together
    group by all
),

totals as (
    select
        'person' as entity,
        count(*) as entity_count,
    from known
    union all
    select
        'account' as entity,
        count(*) as entity_count,
    from known_accounts
),

final as (
    select
        measured.entity || '|' || measured.attribute || '|' || measured.source
            as attribute_quality_id,
        measured.entity,
        measured.attribute,
        measured.source,
        totals.entity_count,
        measured.valued_count,
        measured.comparable_count,
        measured.disagreeing_count,
        measured.valued_count / nullif(totals.entity_count, 0) as coverage_rate,
        measured.disagreeing_count / nullif(measured.comparable_count, 0)
            as disagreement_rate,
    from measured
    inner join totals
        on measured.entity = totals.entity
)

select * from final
