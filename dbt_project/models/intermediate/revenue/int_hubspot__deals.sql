with deals as (
    select * from {{ ref('stg_hubspot__deals') }}
    where not is_archived and not coalesce(is_deleted, false)
),

associations as (
    select * from {{ ref('stg_hubspot__associations') }}
    where not coalesce(is_deleted, false) and from_object_type = 'deals'
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

-- a deal may name several of each: the first by id keeps one row per deal
associated as (
    select
        deals.*,
        min(associations.to_object_id) filter (
            where associations.to_object_type = 'companies'
        ) as company_id,
        min(associations.to_object_id) filter (
            where associations.to_object_type = 'contacts'
        ) as contact_id,
    from deals
    left join associations
        on deals.deal_id = associations.from_object_id
    group by all
),

final as (
    select
        associated.*,
        owners.full_name as owner_name,
    from associated
    left join owners
        on associated.owner_id = owners.owner_id
)

select * from final
