with bookings as (
    select * from {{ ref('int_bookings_unioned') }}
),

customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

shared_device_records as (
    select * from {{ ref('int_shared_device_records') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

final as (
    select
        bookings.booking_id,
        coalesce(
            shared_device_records.customer_id, customer_identifiers.customer_id
        ) as customer_id,
        customer_accounts.account_id,
        bookings.source,
        bookings.source_record_id,
        bookings.booked_at as occurred_at,
        bookings.booked_at,
        bookings.starts_at,
        bookings.ends_at,
        bookings.cancelled_at,
        bookings.status,
        bookings.moved_from_booking_id,
        bookings.moved_to_booking_id,
        bookings.event_type,
        bookings.channel,
        bookings.campaign,
    from bookings
    left join customer_identifiers
        on bookings.identifier_type = customer_identifiers.identifier_type
        and bookings.identifier_namespace = customer_identifiers.identifier_namespace
        and bookings.identifier_value = customer_identifiers.identifier_value
    left join shared_device_records
        on bookings.source = shared_device_records.source
        and bookings.source_record_id = shared_device_records.source_record_id
    left join customer_accounts
        on coalesce(shared_device_records.customer_id, customer_identifiers.customer_id)
        = customer_accounts.customer_id
)

select * from final
