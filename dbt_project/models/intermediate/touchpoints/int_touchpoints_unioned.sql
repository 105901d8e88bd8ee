with unioned as (
    {{ union_of('touchpoints') }}
),

happened as (
    select
        md5(concat_ws('|', source, source_record_id, touchpoint)) as touchpoint_id,
        *,
    from unioned
    where occurred_at < {{ as_of() }}
)

select * from happened
