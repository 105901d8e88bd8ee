-- nobody is retained who was not there, and a cohort keeps its size over all its months
with cohorts as (
    select
        *,
        min(cohort_size) over (partition by cohort_month) as smallest_size,
    from {{ ref('fct_retention_cohorts') }}
)

select * from cohorts
where retained_count > cohort_size or cohort_size != smallest_size
