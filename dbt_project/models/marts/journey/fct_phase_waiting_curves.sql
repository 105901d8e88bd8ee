select * from {{ ref('int_phase_waiting_curves') }}
