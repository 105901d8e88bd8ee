with unioned as (
    {{ union_of('customer_values', is_named=true) }}
)

select * from unioned
where identifier_value is not null
