select * from {{ ref('fct_journeys') }}
where
    ended_at < started_at
    or (outcome = 'open') != (ended_at is null)
    or touchpoint_count < 1
