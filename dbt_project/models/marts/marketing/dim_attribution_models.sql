with models as (
    select * from {{ ref('attribution_models') }}
),

final as (
    select
        attribution_model,
        model_order,
        attribution_model = '{{ var("attribution_model") }}' as is_default,
        label_en,
        label_de,
        definition_en,
        definition_de,
    from models
)

select * from final
