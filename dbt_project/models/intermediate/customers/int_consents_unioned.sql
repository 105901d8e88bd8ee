with unioned as (
    {{ union_of('consents') }}
)

select * from unioned
where identifier_value is not null and stated_at < {{ as_of() }}
