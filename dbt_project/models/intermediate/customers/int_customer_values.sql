with identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

stated as (
    select * from {{ ref('int_customer_values_unioned') }}
),

rules as (
    select * from {{ ref('survivorship_rules') }}
    where entity = 'person'
),

precedences as (
    select * from {{ ref('survivorship_sources') }}
    where entity = 'person'
),

-- whose an address is says the address itself: one that was refused to its record
-- belongs to somebody else
addresses as (
    select
        identifiers.customer_id,
        stated.* exclude (is_doubtful),
        stated.is_doubtful or identifiers.is_shared as is_doubtful,
        identifiers.last_seen_at as used_at,
    from stated
    inner join identifiers
        on stated.attribute = identifiers.identifier_type
        and identifiers.identifier_namespace = 'global'
        and stated.attribute_value = identifiers.identifier_value
    where stated.attribute in ('email', 'phone')
),

-- what no record states now but evidence once did
remembered as (
    select
        customer_id,
        'identity' as source,
        identifier_type,
        identifier_namespace,
        identifier_value,
        identifier_type as attribute,
        identifier_value as attribute_value,
        'identifier' as record,
        identifier_value as record_id,
        cast(null as varchar) as load_id,
        last_seen_at as stated_at,
        1 as value_count,
        is_shared as is_doubtful,
        last_seen_at as used_at,
    from identifiers
    where
        identifier_type in ('email', 'phone')
        and not exists (
            select 1 from stated
            where
                stated.attribute = identifiers.identifier_type
                and stated.attribute_value = identifiers.identifier_value
        )
),

described as (
    select
        identifiers.customer_id,
        stated.*,
        stated.stated_at as used_at,
    from stated
    inner join identifiers
        on stated.identifier_type = identifiers.identifier_type
        and stated.identifier_namespace = identifiers.identifier_namespace
        and stated.identifier_value = identifiers.identifier_value
    where stated.attribute not in ('email', 'phone')
),

candidates as (
    select * from addresses
    union all by name
    select * from remembered
    union all by name
    select * from described
),

{{ survivorship('customer_id', 'customer_value_id') }}
