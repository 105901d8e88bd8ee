with sessions as (
    select * from {{ ref('int_ga4__sessions_grouped') }}
),

origins as (
    select * from {{ ref('int_origins_classified') }}
),

final as (
    select
        sessions.session_id,
        sessions.user_pseudo_id,
        sessions.ga_session_id,
        sessions.user_id,
        sessions.session_number,
        sessions.started_at,
        sessions.ended_at,
        sessions.session_date,
        sessions.landing_page_url,
        sessions.landing_host,
        coalesce(origins.source_name, '(direct)') as source_name,
        coalesce(origins.medium, '(none)') as medium,
        sessions.campaign,
        coalesce(origins.acquisition_channel, 'direct') as acquisition_channel,
        sessions.is_engaged,
        sessions.event_count,
        sessions.page_view_count,
        sessions.purchase_count,
        sessions.is_final,
        sessions.load_id,
    from sessions
    left join origins
        on sessions.origin_id = origins.origin_id
)

select * from final
