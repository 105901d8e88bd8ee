with channels as (
    select * from {{ ref('channels') }}
),

final as (
    select
        channel,
        channel_order,
        is_contact_channel,
        is_acquisition_channel,
        label_en,
        label_de,
    from channels
)

select * from final
