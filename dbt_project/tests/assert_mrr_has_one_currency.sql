-- MRR is summed in one currency. What a vendor did not convert into it is in no sum: it
-- is told (the page Data health names who pays it), marks its metrics, and everything
-- is published all the same.
{{ config(severity='warn') }}

select * from {{ ref('fct_mrr_other_currencies') }}
