{{ events_of_known_users('stg_ga4__events') }}
