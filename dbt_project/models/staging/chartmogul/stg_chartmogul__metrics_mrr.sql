{% set unread = [] %}

-- lost MRR is negative here, as the vendor gives it
with source as (
    select * from {{ source('chartmogul', 'metrics_mrr') }}
),

renamed as (
    select
        cast(date_trunc('month', period_end) as date) as period_start,
        period_end,
        {{ to_units(json_text('payload', 'mrr'), unread) }} as mrr_amount,
        {{ to_units(
            json_text('payload', ['mrr-new-business', 'mrr_new_business']), unread
        ) }}
            as mrr_new_amount,
        {{ to_units(json_text('payload', ['mrr-expansion', 'mrr_expansion']), unread) }}
            as mrr_expansion_amount,
        {{ to_units(
            json_text('payload', ['mrr-contraction', 'mrr_contraction']), unread
        ) }}
            as mrr_contraction_amount,
        {{ to_units(json_text('payload', ['mrr-churn', 'mrr_churn']), unread) }}
            as mrr_churn_amount,
        {{ to_units(
            json_text('payload', ['mrr-reactivation', 'mrr_reactivation']), unread
        ) }}
            as mrr_reactivation_amount,
        {{ is_gone('chartmogul', 'metrics_mrr') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
