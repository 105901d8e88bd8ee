"""ActiveCampaign's tables: recipients, what was sent, and what happened to it.

Deleted contacts and their records are missing; the counters of campaigns and links still include them.
"""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    "activecampaign/contacts": {
        "id": TEXT,
        "email": TEXT,
        "first_name": TEXT,
        "last_name": TEXT,
        "phone": TEXT,  # "" for most
        "organization": TEXT,
        "created_s": INT,
        "updated_s": INT,
        "bounced_hard": INT,  # how often
        "bounced_soft": INT,
    },
    "activecampaign/lists": {"id": TEXT, "name": TEXT, "created_s": INT},
    "activecampaign/contact_lists": {
        "id": TEXT,
        "contact_id": TEXT,
        "list_id": TEXT,
        "status": INT,  # 0 unconfirmed, 1 active, 2 unsubscribed, 3 bounced
        "subscribed_s": INT,
        "unsubscribed_s": INT,  # null also where somebody has subscribed again since
        "updated_s": INT,
        "campaign_id": TEXT,  # with which they unsubscribed
        "reason": TEXT,
    },
    "activecampaign/tags": {"id": TEXT, "tag": TEXT, "created_s": INT},
    "activecampaign/contact_tags": {
        "id": TEXT,
        "contact_id": TEXT,
        "tag_id": TEXT,
        "created_s": INT,
    },
    "activecampaign/automations": {"id": TEXT, "name": TEXT, "created_s": INT},
    "activecampaign/contact_automations": {
        "id": TEXT,
        "contact_id": TEXT,
        "automation_id": TEXT,
        "entered_s": INT,
        "completed_s": INT,  # null: still in it
        "updated_s": INT,
    },
    "activecampaign/messages": {"id": TEXT, "subject": TEXT, "created_s": INT},
    "activecampaign/campaigns": {
        "id": TEXT,
        "name": TEXT,
        "type": TEXT,  # single, or responder: the mails of an automation
        "automation_id": TEXT,
        "message_id": TEXT,
        "created_s": INT,
        "sent_s": INT,
        "send_amt": INT,
        "opens": INT,
        "uniqueopens": INT,
        "linkclicks": INT,
        "uniquelinkclicks": INT,
        "subscriberclicks": INT,
        "hardbounces": INT,
        "softbounces": INT,
        "unsubscribes": INT,
    },
    "activecampaign/links": {
        "id": TEXT,
        "campaign_id": TEXT,
        "message_id": TEXT,
        "link": TEXT,  # the pixel is the literal "open"; a few campaigns have none
        "linkclicks": INT,
        "uniquelinkclicks": INT,
        "created_s": INT,
    },
    "activecampaign/link_data": {
        "link_id": TEXT,
        "contact_id": TEXT,
        "time_s": INT,  # the first time
        "times": INT,
    },
    # who opened a campaign, with and without a pixel among its links
    "activecampaign/opens": {
        "campaign_id": TEXT,
        "contact_id": TEXT,
        "time_s": INT,
        "times": INT,
    },
    "activecampaign/sends": {"campaign_id": TEXT, "contact_id": TEXT, "time_s": INT},
    "activecampaign/bounces": {
        "id": TEXT,
        "campaign_id": TEXT,
        "contact_id": TEXT,
        "time_s": INT,
        "code": TEXT,  # an SMTP status: 5.1.1 for good, 4.2.2 for now
        "error": TEXT,
    },
    "activecampaign/unsubscriptions": {
        "campaign_id": TEXT,
        "contact_id": TEXT,
        "time_s": INT,
        "reason": TEXT,
    },
    "activecampaign/deals": {
        "id": TEXT,
        "contact_id": TEXT,
        "title": TEXT,
        "value_cents": INT,
        "status": INT,  # 0 open, 1 won, 2 lost
        "created_s": INT,
        "updated_s": INT,
    },
    # Every webhook of the past, in order of time.
    "activecampaign/webhooks": {
        "type": TEXT,  # subscribe, sent, open, click, bounce, unsubscribe, contact_tag_added
        "time_s": INT,
        "contact_id": TEXT,
        "campaign_id": TEXT,
        "link_id": TEXT,
        "list_id": TEXT,
        "tag_id": TEXT,
    },
}
