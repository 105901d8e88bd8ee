select * from {{ ref('int_invoices_identified') }}
