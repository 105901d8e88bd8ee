select * from {{ ref('int_consents_identified') }}
