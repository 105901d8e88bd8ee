with addresses as (
    select
        nodes.*,
        {{ email_domain('coalesce(normalised.email, nodes.identifier_value)') }}
            as domain,
    from {{ ref('int_identity_nodes') }} as nodes
    left join {{ ref('int_email_addresses_normalised') }} as normalised
        on nodes.identifier_value = normalised.email_text
    where nodes.identifier_type = 'email'
),

blocked as (
    select * from {{ ref('int_identity_clusters') }}
    where refusal_reason = 'blocked_value'
),

no_company_domains as (
    select domain from {{ ref('free_mail_domains') }}
    union
    select domain from {{ ref('internal_domains') }}
),

final as (
    select
        addresses.identifier_value as email,
        addresses.domain,
        min(addresses.first_seen_at) as first_seen_at,
        max(addresses.last_seen_at) as last_seen_at,
    from addresses
    left join blocked
        on blocked.identifier_type = 'email'
        and addresses.identifier_value = blocked.identifier_value
    left join no_company_domains
        on addresses.domain = no_company_domains.domain
    where blocked.identifier_value is null and no_company_domains.domain is null
    group by all
)

select * from final
