select * from {{ ref('int_account_identifiers') }}
