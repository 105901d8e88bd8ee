with unioned as (
    {% for source in ['hubspot', 'salesforce', 'chartmogul', 'domains', 'manual'] %}
    select
        '{{ 'spelling' if source == 'domains' else source }}' as source,
        *,
    from {{ ref('int_' ~ source ~ '__account_evidence') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
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
