"""Salesforce: accounts, contacts, leads, opportunities, cases, tasks, events and their owners."""

from __future__ import annotations

from datetime import timedelta

from ingestion.sources.salesforce.api import SalesforceSettings, connect
from ingestion.sources.salesforce.streams import OF_A_USER, objects
from ingestion.toolkit.source import Load

LOAD = Load(
    source="salesforce",
    settings=SalesforceSettings,
    streams=(
        objects("Account", "accounts", "A company that sales works with."),
        objects("Contact", "contacts", "A person at a company."),
        objects("Lead", "leads", "A person nobody has talked to yet, or who was converted."),
        objects("Opportunity", "opportunities", "A possible or closed sale."),
        objects("Case", "cases", "A request that the service team handles."),
        objects("Task", "tasks", "A call, an e-mail or something to do."),
        objects("Event", "events", "A meeting in somebody's calendar."),
        objects("User", "users", "Who owns records, by name.", wanted=OF_A_USER),
    ),
    description="Accounts, contacts, leads, opportunities, cases and activities of sales",
    owner="data_engineering",
    cron="35 * * * *",
    fresh_within=timedelta(hours=6),
    credentials=("client_id", "client_secret"),
    connect=connect,
)
