-- Who somebody is, by the seeds survivorship_rules and survivorship_sources (see
-- int_customer_values for what was stated and chosen), and whether they count at all.
{% set attributes = [
    'full_name',
    'email',
    'phone',
    'country_code',
    'city',
    'company_name',
    'job_title',
    'language',
    'owner_name',
    'lifecycle_stage',
] %}

with identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'person'
),

labels as (
    select * from {{ ref('internal_labels') }}
),

internal_domains as (
    select * from {{ ref('internal_domains') }}
),

automated_browsers as (
    select * from {{ ref('automated_browsers') }}
),

browsers as (
    {{ union_of('browsers') }}
),

attributes as (
    select
        customer_id,
    {% for attribute in attributes %}
    max(attribute_value) filter (where attribute = '{{ attribute }}')
        as {{ attribute }},
    {% endfor %}
    from {{ ref('int_customer_values') }}
    where is_chosen
    group by all
),

automated as (
    select distinct
        browsers.identifier_type,
        browsers.identifier_namespace,
        browsers.identifier_value,
    from browsers
    inner join automated_browsers
        on lower(browsers.browser) = lower(automated_browsers.browser)
),

persons as (
    select
        identifiers.customer_id,
        -- a type without a rule comes from a file: a customer's number somewhere
        bool_or(
            coalesce(rules.is_identifying, true) and not identifiers.is_shared
        ) as is_identified,
        min(identifiers.first_seen_at) filter (
            where coalesce(rules.is_identifying, true) and not identifiers.is_shared
        ) as identified_at,
        -- a customer may have written the address of an own office into a form
        bool_or(
            internal_domains.domain is not null and not identifiers.is_shared
        ) as is_staff,
        bool_or(
            internal_domains.domain is not null
            and regexp_matches(
                identifiers.identifier_value, '{{ var("test_address_pattern") }}'
            )
        ) as is_test,
        bool_or(automated.identifier_value is not null) as is_automated,
        -- what a person decided counts before what was found, 'customer' before all
        coalesce(
            max(labels.label) filter (where labels.label = 'customer'),
            min(labels.label)
        ) as label_given,
        min(identifiers.first_seen_at) as first_seen_at,
        arg_min(
            identifiers.identifier_value,
            (identifiers.first_seen_at, identifiers.identifier_value)
        ) filter (
            where identifiers.identifier_type = 'user_id'
            and identifiers.identifier_namespace = '{{ var("product_namespace") }}'
        ) as user_id,
    from identifiers
    left join rules
        on identifiers.identifier_type = rules.identifier_type
    left join internal_domains
        on identifiers.identifier_type = 'email'
        and {{ email_domain('identifiers.identifier_value') }} = internal_domains.domain
    left join automated
        on identifiers.identifier_type = automated.identifier_type
        and identifiers.identifier_namespace = automated.identifier_namespace
        and identifiers.identifier_value = automated.identifier_value
    left join labels
        on identifiers.identifier_type = labels.identifier_type
        and identifiers.identifier_namespace = labels.identifier_namespace
        and identifiers.identifier_value = labels.identifier_value
    group by all
),

labelled as (
    select
        *,
        case
            when label_given is not null then nullif(label_given, 'customer')
            when is_test then 'test'
            when is_staff then 'staff'
            when is_automated then 'bot'
        end as internal_label,
    from persons
),

final as (
    select
        labelled.customer_id,
        labelled.is_identified,
        labelled.identified_at,
        labelled.internal_label is not null as is_internal,
        labelled.internal_label,
        {% for attribute in attributes %}
        attributes.{{ attribute }},
        {% endfor %}
        labelled.user_id,
        labelled.first_seen_at,
    from labelled
    left join attributes
        on labelled.customer_id = attributes.customer_id
)

select * from final
