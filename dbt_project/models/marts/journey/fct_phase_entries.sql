select * from {{ ref('int_phase_entries_found') }}
