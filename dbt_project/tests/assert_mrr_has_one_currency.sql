-- MRR is summed over accounts: with a second currency the sum would be an amount of
-- nothing
select currency_code
from {{ ref('fct_mrr_monthly') }}
group by currency_code
qualify count(*) over () > 1
