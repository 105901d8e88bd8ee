"""What the systems that are a file each show of people, told from their tables alone.

Each system has an entry in ``NAMED`` and in ``_TOUCHES``; ``LINKS`` has one per pair of identifiers.
"""

from __future__ import annotations

import pytest

from ingestion.sandbox.company import names

_TOLD = "properties_json ->>"

# the identifiers that a system names, as (type, value); junk is left out
NAMED = {
    "activecampaign": """select 'mailing_contact_id', id from activecampaign_contacts
        union select 'email', lower(email) from activecampaign_contacts""",
    "calendly": """select 'email', lower(email) from calendly_invitees
        where email not in ('none@none.com', 'test@test.com')""",
    "salesforce": f"""select 'crm_contact_id', id from salesforce_contacts
        union select 'email', lower({_TOLD} '$.Email') from salesforce_contacts
        union select 'crm_lead_id', id from salesforce_leads where not is_deleted
        union select 'email', lower({_TOLD} '$.Email') from salesforce_leads
            where not is_deleted""",
    "trustmary": """select 'survey_respondent_id', id from trustmary_contacts
        union select 'email', lower(email) from trustmary_contacts
        union select 'email', lower(email) from trustmary_answers
            where deleted_ms is null and email like '%_@_%' and email not like 'test@%'
                and email not like 'none@%'""",
    "ga4": """select 'cookie_id', cookie from ga4_events
            where consent is distinct from 'No' and cookie is not null
                and (host like 'ratgeber.%' or user_id != 'undefined')
        union select 'user_id', user_id from ga4_events
            where consent is distinct from 'No' and user_id != 'undefined'""",
    "woocommerce": """select 'shop_customer_id', customer_id::varchar from woocommerce_orders
            where customer_id > 0 and status != 'trash'
        union select 'email', lower(email) from woocommerce_orders where status != 'trash'
        union select 'phone', phone from woocommerce_orders
            where phone != '' and status != 'trash'""",
    "wordpress": """select 'email', lower(author_email) from wordpress_comments
        where status in ('approved', 'hold')""",
    # an answer tells who gave it; of whom none came nothing is shown
    "delighted": """select 'survey_respondent_id', person from delighted_survey_responses
        union select 'email', lower(email) from delighted_people
            where id in (select person from delighted_survey_responses)""",
    "typeform": """select 'user_id', hidden_json ->> '$.user_id' from typeform_responses
        where submitted_ms is not null""",
}

# records that name two identifiers: their types, and the pairs
LINKS = (
    pytest.param(
        "mailing_contact_id",
        "email",
        "select id, lower(email) from activecampaign_contacts",
        id="addresses that are written to",
    ),
    pytest.param(
        "mailing_contact_id",
        "phone",
        """select id, regexp_replace(regexp_replace(phone, '^00', '+'), '[ ()]', '', 'g')
            from activecampaign_contacts where phone != ''""",
        id="numbers of those who are written to",
    ),
    pytest.param(
        "email",
        "phone",
        """select lower(email), phone from calendly_invitees where phone is not null
            union select lower(email), phone from woocommerce_orders
            where phone != '' and status != 'trash'""",
        id="numbers given with an address",
    ),
    pytest.param(
        "shop_customer_id",
        "email",
        """select customer_id::varchar, lower(email) from woocommerce_orders
            where customer_id > 0 and status != 'trash'""",
        id="addresses of the shop's customers",
    ),
    pytest.param(
        "survey_respondent_id",
        "email",
        """select id, lower(email) from trustmary_contacts
            union select contact_id, lower(email) from trustmary_answers
            where contact_id is not null and deleted_ms is null and email like '%_@_%'
                and email not like 'test@%' and email not like 'none@%'
            union select id, lower(email) from delighted_people
            where id in (select person from delighted_survey_responses)""",
        id="addresses of those who are asked",
    ),
    pytest.param(
        "crm_lead_id",
        "email",
        f"select id, lower({_TOLD} '$.Email') from salesforce_leads where not is_deleted",
        id="addresses of leads",
    ),
    pytest.param(
        "crm_lead_id",
        "phone",
        f"""select id, ({_TOLD} '$.MobilePhone') from salesforce_leads
            where not is_deleted and ({_TOLD} '$.MobilePhone') is not null""",
        id="numbers of leads",
    ),
    pytest.param(
        "crm_lead_id",
        "crm_contact_id",
        f"""select id, ({_TOLD} '$.ConvertedContactId') from salesforce_leads
            where ({_TOLD} '$.IsConverted')::boolean""",
        id="converted leads",
    ),
    pytest.param(
        "cookie_id",
        "user_id",
        """select cookie, user_id from ga4_events
            where consent is distinct from 'No' and user_id != 'undefined'""",
        id="logins on the website",
    ),
)

# what a second CRM adds to the pairs that the tests name themselves
MORE_CONTACTS = {
    "email": f"select id, lower({_TOLD} '$.Email') from salesforce_contacts",
    "user_id": f"""select id, ({_TOLD} '$.Nordlicht_User_Id__c') from salesforce_contacts
        where ({_TOLD} '$.Nordlicht_User_Id__c') is not null""",
    "crm_contact_id": f"""select ({_TOLD} '$.MasterRecordId'), id from salesforce_contacts
        where ({_TOLD} '$.MasterRecordId') is not null""",
}

# when a system meets somebody, as (type and value of the identifier that shows it, seconds)
_TOUCHES = {
    "activecampaign": """select 'mailing_contact_id', contact_id, time_s
            from activecampaign_link_data inner join activecampaign_links as links
            on links.id = link_id where link != 'open'
        union all select 'mailing_contact_id', contact_id, time_s
            from activecampaign_unsubscriptions
        union all select 'mailing_contact_id', contact_id, given.created_s
            from activecampaign_contact_tags as given inner join activecampaign_tags as tags
            on tags.id = tag_id where tag = 'call-booked'""",
    "calendly": """select 'email', lower(email), unnest(list_filter(
            [invitees.created_ms,
             case when invitees.status = 'canceled' and new_id is null then canceled_ms end,
             case when invitees.status = 'active' and ends_ms < {now_s}000 then starts_ms end],
            lambda moment: moment is not null)) / 1000
        from calendly_invitees as invitees
        inner join calendly_scheduled_events as events on invitees.event_id = events.id""",
    "salesforce": f"""select
            case when ({_TOLD} '$.WhoId') like '00Q%' then 'crm_lead_id' else 'crm_contact_id' end,
            ({_TOLD} '$.WhoId'), epoch(({_TOLD} '$.CompletedDateTime')::timestamptz)
        from salesforce_tasks
        where not is_deleted and ({_TOLD} '$.IsClosed')::boolean
            and ({_TOLD} '$.TaskSubtype') = 'Call' and ({_TOLD} '$.CallType') = 'Inbound'
        union all select 'crm_contact_id', ({_TOLD} '$.WhoId'),
            epoch(({_TOLD} '$.StartDateTime')::timestamptz)
        from salesforce_events
        where not is_deleted and not ({_TOLD} '$.IsChild')::boolean
            and epoch(({_TOLD} '$.StartDateTime')::timestamptz) < {{now_s}}""",
    "trustmary": """select
            case when contact_id is null then 'email' else 'survey_respondent_id' end,
            coalesce(contact_id, lower(email)), created_ms / 1000
            from trustmary_answers where deleted_ms is null""",
    # the website's visits are told by the product's analytics
    "ga4": """select * from (with guide as (
            select cookie, event, time_us / 1e6 as moment, params_json ->> '$.booking_id' as booking,
                (params_json ->> '$.booking_start')::timestamptz as starts_at
            from ga4_events where host like 'ratgeber.%' and consent is distinct from 'No'
        ), calls as (
            select * from guide where event = 'booking_completed'
        )
        select 'cookie_id', cookie, moment from guide
            where event in ('session_start', 'generate_lead', 'booking_completed')
                or event = 'booking_cancelled' and booking in (select booking from calls)
        union all select 'cookie_id', cookie, epoch(starts_at) from calls
            where epoch(starts_at) + 900 < {now_s} and booking not in (
                select booking from guide where event = 'booking_cancelled'))""",
    # an order that was called off is no purchase
    "woocommerce": """select 'email', lower(email), created_ms / 1000 from woocommerce_orders
        where status not in ('cancelled', 'trash')""",
    "wordpress": """select 'email', lower(author_email), created_ms / 1000
        from wordpress_comments
        where status in ('approved', 'hold') and type in ('comment', 'review')""",
    "delighted": """select 'survey_respondent_id', person, created_ms / 1000
        from delighted_survey_responses""",
    "typeform": """select 'user_id', hidden_json ->> '$.user_id', submitted_ms / 1000
        from typeform_responses where submitted_ms is not null""",
}


def touches_of(now_s: int) -> list[str]:
    """Return the queries for what has happened by a moment."""
    return [query.format(now_s=now_s) for query in _TOUCHES.values()]


_JUNK = ", ".join(f"'{value}'" for value in names.JUNK_IDS)
_USER = f"case when user_id not in ({_JUNK}) then user_id end"
# whom each event of the product is of; under a junk user id it is the device's
IN_PRODUCT = f"""
    select component_id, time_s::double as moment from mixpanel_events
    inner join truth_identifiers on value = coalesce({_USER}, device_id)
        and identifier_type = if(({_USER}) is null, 'device_id', 'user_id')
"""
