-- ActiveCampaign knows no bookings. That a contact entered an automation, or was given
-- a tag, may mean that a session was booked, moved or called off: the seed says which
-- does. What a calendar or the tag manager tells as well is theirs.
with contacts as (
    select * from {{ ref('stg_activecampaign__contacts') }}
),

automations as (
    select * from {{ ref('stg_activecampaign__automations') }}
),

contact_automations as (
    select * from {{ ref('stg_activecampaign__contact_automations') }}
),

tags as (
    select * from {{ ref('stg_activecampaign__tags') }}
),

contact_tags as (
    select * from {{ ref('stg_activecampaign__contact_tags') }}
),

meanings as (
    select * from {{ ref('activecampaign_bookings') }}
),

calendar_bookings as (
    select * from {{ ref('int_calendly__bookings') }}
),

tag_manager_bookings as (
    select * from {{ ref('int_ga4__bookings') }}
),

-- a tag that was taken away again, when its automation was through, has told of it
entries as (
    select
        'automation' as told_by,
        contact_automations.contact_automation_id as entry_id,
        contact_automations.contact_id,
        contact_automations.automation_id as told_id,
        automations.automation_name as told_name,
        contact_automations.created_at as occurred_at,
        contact_automations._dlt_load_id as load_id,
    from contact_automations
    left join automations
        on contact_automations.automation_id = automations.automation_id
    union all
    select
        'tag' as told_by,
        contact_tags.contact_tag_id as entry_id,
        contact_tags.contact_id,
        contact_tags.tag_id as told_id,
        tags.tag_name as told_name,
        contact_tags.created_at as occurred_at,
        contact_tags._dlt_load_id as load_id,
    from contact_tags
    left join tags
        on contact_tags.tag_id = tags.tag_id
),

told as (
    select
        entries.told_by || ':' || entries.entry_id as record_id,
        entries.contact_id,
        contacts.email,
        entries.occurred_at,
        entries.load_id,
        meanings.means,
        meanings.event_type,
        coalesce(meanings.channel, 'website') as channel,
    from entries
    inner join meanings
        on entries.told_by = meanings.told_by
        and lower(trim(meanings.name))
        in (entries.told_id, lower(trim(entries.told_name)))
    left join contacts
        on entries.contact_id = contacts.contact_id
    where
        entries.contact_id is not null
        and entries.occurred_at is not null
        and not coalesce(contacts.is_deleted, false)
),

-- what starts an automation may look for new bookings every quarter of an hour only;
-- where nobody's address is known, the moment alone must do
told_elsewhere as (
    select told.record_id
    from told
    inner join calendar_bookings
        on told.email = calendar_bookings.identifier_value
        and calendar_bookings.booked_at
        between told.occurred_at - interval 15 minute
        and told.occurred_at + interval 2 minute
    union
    select told.record_id
    from told
    inner join calendar_bookings
        on (told.email is null or calendar_bookings.identifier_value is null)
        and calendar_bookings.booked_at
        between told.occurred_at - interval 2 minute
        and told.occurred_at + interval 2 minute
    union
    select told.record_id
    from told
    inner join tag_manager_bookings
        on tag_manager_bookings.booked_at
        between told.occurred_at - interval 2 minute
        and told.occurred_at + interval 2 minute
),

-- of one contact and kind of session, what is told next is about the booking before
ordered as (
    select
        told.*,
        told_elsewhere.record_id is not null as is_told_elsewhere,
        lag(told.means) over sessions as previous_means,
        lag(
            case when told_elsewhere.record_id is null then told.record_id end
        ) over sessions as previous_record_id,
        lead(told.means) over sessions as next_means,
        lead(
            case when told_elsewhere.record_id is null then told.record_id end
        ) over sessions as next_record_id,
        lead(told.occurred_at) over sessions as next_at,
    from told
    left join told_elsewhere
        on told.record_id = told_elsewhere.record_id
    window sessions as (
        partition by told.contact_id, told.event_type
        -- a new booking may come in the same second as the end of the one it replaces
        order by told.occurred_at, told.means <> 'cancelled', told.record_id
    )
),

bookings as (
    select
        'activecampaign' as source,
        record_id as source_record_id,
        'mailing_contact_id' as identifier_type,
        'activecampaign' as identifier_namespace,
        contact_id as identifier_value,
        occurred_at as booked_at,
        cast(null as timestamptz) as starts_at,
        cast(null as timestamptz) as ends_at,
        coalesce(next_means in ('cancelled', 'moved'), false) as is_cancelled,
        case when next_means in ('cancelled', 'moved') then next_at end as cancelled_at,
        false as is_no_show,
        case
            when means = 'moved' and previous_means in ('booked', 'moved')
                then previous_record_id
        end as moved_from_record_id,
        case when next_means = 'moved' then next_record_id end as moved_to_record_id,
        coalesce(next_means = 'moved', false) as is_moved,
        event_type,
        channel,
        cast(null as varchar) as campaign,
        load_id,
    from ordered
    where means in ('booked', 'moved') and not is_told_elsewhere
)

select * from bookings
