{{ events_of_known_users('stg_mixpanel__events') }}
