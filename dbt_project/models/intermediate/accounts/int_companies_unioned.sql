with unioned as (
    {{ union_of('companies', is_named=true) }}
),

final as (
    select
        unioned.* replace (
            coalesce(domains.domain, unioned.company_domain) as company_domain,
            {{ industry_label('unioned.industry') }} as industry
        ),
    from unioned
    left join {{ ref('int_domains_normalised') }} as domains
        on unioned.company_domain = domains.domain_text
    where unioned.created_at < {{ as_of() }}
)

select * from final
