with consents as (
    select * from {{ ref('int_consents_unioned') }}
),

identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

final as (
    select
        md5(
            concat_ws(
                '|',
                consents.source,
                consents.purpose,
                consents.record,
                consents.record_id,
                consents.identifier_value
            )
        ) as consent_id,
        identifiers.customer_id,
        consents.purpose,
        consents.is_given,
        consents.stated_at as occurred_at,
        consents.source,
        consents.record,
        consents.record_id,
        consents.load_id,
        -- the last word counts; of two at once the refusal
        row_number() over (
            partition by identifiers.customer_id, consents.purpose
            order by
                consents.stated_at desc,
                consents.is_given asc,
                consents.record_id asc
        ) = 1 as is_current,
    from consents
    inner join identifiers
        on consents.identifier_type = identifiers.identifier_type
        and consents.identifier_namespace = identifiers.identifier_namespace
        and consents.identifier_value = identifiers.identifier_value
        and not identifiers.is_shared
)

select * from final
