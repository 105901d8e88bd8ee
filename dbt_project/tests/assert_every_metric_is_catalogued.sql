-- a metric without a line in the catalogue has no name, no meaning and no owner
with computed as (
    select distinct
        metric,
        source_model,
    from {{ ref('mtr_monthly') }}
)

select computed.*
from computed
left join {{ ref('metrics') }} as catalogue
    on computed.metric = catalogue.metric
    and computed.source_model = catalogue.source_model
where catalogue.metric is null
