-- Each time that an account pays until it leaves; one that comes back begins anew.
{% set month_days = 30.4375 %}

with periods as (
    select
        account_id,
        changed_at,
        is_paying,
        lead(changed_at) over (
            partition by account_id order by changed_at
        ) as next_changed_at,
    from {{ ref('int_account_paying_periods') }}
),

older as (
    select distinct account_id from {{ ref('int_mrr_movements_of_accounts') }}
    where movement_type = 'opening' and account_id is not null
),

accounts as (
    select * from {{ ref('int_accounts_described') }}
    where not coalesce(is_internal, false)
),

billed as (
    select * from {{ ref('int_accounts_billed') }}
),

spells as (
    select
        periods.account_id,
        periods.changed_at as began_at,
        periods.next_changed_at as ended_at,
        older.account_id is not null
        and row_number() over (
            partition by periods.account_id order by periods.changed_at
        ) = 1 as is_begun_unseen,
    from periods
    inner join accounts
        on periods.account_id = accounts.account_id
    left join older
        on periods.account_id = older.account_id
    where periods.is_paying
),

cuts as (
    select
        'now' as cut,
        {{ as_of() }} as cut_at,
    union all
    select
        'held_out' as cut,
        {{ as_of() }} - to_days(
            {{ (var('lifetime_held_out_months') * month_days) | round | int }}
        ) as cut_at,
),

cut_spells as (
    select
        spells.*,
        cuts.cut,
        coalesce(spells.ended_at < cuts.cut_at, false) as has_left,
        spells.ended_at is null as is_there_after,
        date_diff('second', spells.began_at, least(
            coalesce(spells.ended_at, cuts.cut_at), cuts.cut_at
        )) / 86400.0 / {{ month_days }} as stayed,
    from spells
    inner join cuts
        on spells.began_at < cuts.cut_at
),

-- who left did so at the end of a month, about; who is there has stayed whole months
final as (
    select
        cut_spells.cut,
        cut_spells.account_id,
        cut_spells.began_at,
        cut_spells.has_left,
        cut_spells.is_there_after,
        cut_spells.is_begun_unseen,
        cast(
            case
                when cut_spells.has_left then greatest(round(cut_spells.stayed), 1)
                else floor(cut_spells.stayed)
            end as bigint
        ) as stayed_months,
        cast(
            case
                when not cut_spells.has_left
                    then {{ in_reported_currency(
                        'billed.mrr_amount', 'billed.currency_code',
                        business_date(as_of())
                    ) }}
            end as double
        ) as mrr_amount,
    from cut_spells
    left join billed
        on cut_spells.account_id = billed.account_id
)

select * from final
