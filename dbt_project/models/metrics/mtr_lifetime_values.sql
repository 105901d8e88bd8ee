-- What customers and accounts of each channel are expected to bring. Those without a
-- figure are counted beside, since their silence is no zero.
with customers as (
    select
        customer_id,
        coalesce(acquisition_channel, 'direct') as channel,
    from {{ ref('dim_customers') }}
),

accounts as (
    select
        account_id,
        coalesce(acquisition_channel, 'direct') as channel,
    from {{ ref('dim_accounts') }}
),

expected as (
    select
        expected.*,
        coalesce(customers.channel, accounts.channel, 'direct') as channel,
    from {{ ref('fct_lifetime_values') }} as expected
    left join customers
        on expected.customer_id = customers.customer_id
    left join accounts
        on expected.account_id = accounts.account_id
),

final as (
    select
        subject_kind || '|' || case
            when grouping(channel) = 1 then 'all' else channel
        end as lifetime_channel_id,
        subject_kind,
        case when grouping(channel) = 1 then 'all' else channel end as channel,
        count(*) as subject_count,
        count(expected_amount) as valued_count,
        sum(expected_amount) as expected_amount,
        sum(expected_amount_low) as expected_amount_low,
        sum(expected_amount_high) as expected_amount_high,
        max(horizon_months) as horizon_months,
        max(as_of_date) as as_of_date,
        max(reason) filter (where expected_amount is null) as reason,
        max(missing_count) as missing_count,
    from expected
    group by subject_kind, cube(channel)
)

select * from final
