with offered as (
    {{ union_of('account_evidence', is_named=true) }}
),

unioned as (
    select
        * replace (
            case source when 'domains' then 'spelling' else source end as source
        ),
    from offered
),

no_company_domains as (
    select domain from {{ ref('free_mail_domains') }}
    union
    select domain from {{ ref('internal_domains') }}
),

-- a free-mail provider's domain is no company's
final as (
    select unioned.*
    from unioned
    left join no_company_domains
        on unioned.right_type = 'domain'
        and unioned.right_value = no_company_domains.domain
    where no_company_domains.domain is null
)

select * from final
