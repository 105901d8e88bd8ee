with totals as (
    {{ union_of('control_totals') }}
),

-- an explanation is one of a difference: where there is none, nothing is explained
compared as (
    select
        *,
        their_value - our_value as difference_value,
        their_value - our_value
        - exchange_rate_value
        - history_value
        - setting_value as rest_value,
    from totals
),

final as (
    select
        md5(concat_ws('|', source, metric, period_start)) as control_total_id,
        source,
        metric,
        period_start,
        cast(our_value as decimal(18, 2)) as our_value,
        cast(their_value as decimal(18, 2)) as their_value,
        cast(difference_value as decimal(18, 2)) as difference_value,
        {% for cause in ['exchange_rate', 'history', 'setting'] %}
        cast(
            case when difference_value = 0 then 0 else {{ cause }}_value end
            as decimal(18, 2)
        ) as {{ cause }}_value,
        {% endfor %}
        cast(
            case when difference_value = 0 then 0 else rest_value end
            as decimal(18, 2)
        ) as unexplained_value,
        difference_value = 0 or rest_value = 0 as is_explained,
        currency_code,
    from compared
)

select * from final
