"""Builds and publishes a small world, opens every page in every language, and prints what was seen.

    python -m tests.recipes.look

A copy of the checkout in which recipes were followed runs it, so that it sees what they added. The answer
is one line of JSON: `pages` by language and script, `rows` by question.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboards.i18n import LANGUAGES
from dashboards.pages import PAGES
from ingestion.settings import CHECKOUT, settings
from orchestration import publish, records
from tests.chain.billing import Billing
from tests.chain.raw import small_world
from tests.dashboards import reading

TODAY = "2026-06-01"
AT = "2026-05-04 10:00:00+00"
QUESTIONS = {
    "touchpoints": """
        select touchpoints.source, touchpoints.touchpoint, touchpoints.journey_step,
            names.label_de, names.is_mapped
        from marts.fct_touchpoints as touchpoints
        inner join marts.dim_touchpoints as names
            on touchpoints.source = names.source and touchpoints.touchpoint = names.touchpoint
        where touchpoints.touchpoint in ('plan_paused', 'ticket_opened')
        order by all
    """,
    "metric": """
        select period_start::varchar, channel, numerator, denominator
        from metrics.mtr_revenue_monthly
        where metric = 'mrr_per_account' and channel = 'all'
        order by all
    """,
    "person": """
        select customer_id is not null and user_id = 'u-1' and email = 'mia@firm.example'
        from marts.dim_customers
        where email = 'mia@firm.example'
    """,
    "label": "select label_fr from marts.dim_channels where channel in ('website', 'chat')",
}


def world() -> dict[str, list[dict[str, Any]]]:
    """Return the raw tables: two accounts that pay 100 and 50 a month, an event, a ticket and a chat."""
    billing = Billing()
    for name, amount in (("a", 100), ("b", 50)):
        billing.customer(name)
        billing.moves(name, ("2026-04-01", "new_biz", amount, amount))
    event = {
        "event_key": "e1",
        "event": "Plan Paused",
        "export_date": AT[:10],
        "distinct_id": "u-1",
        "properties": {"mp_lib": "web", "$user_id": "u-1", "distinct_id": "u-1"},
    }
    ticket = {"requester_email": "Mia@firm.example", "user_id": "u-1", "subject": "Help"}
    return {
        **billing.raw,
        "mixpanel.export_events": [{"occurred_at": AT, **event}],
        "zendesk.tickets": [{"id": "7", "updated_at": AT, "payload": ticket}],
    }


def seen(app: AppTest) -> dict[str, Any]:
    """Return what a page shows."""
    return {
        "exceptions": [str(each.value) for each in app.exception],
        "title": [each.value for each in app.title],
        "texts": reading.texts(app),
        "figures": reading.metrics(app),
        "cells": reading.tables(app),
    }


def main() -> None:
    """Print what is seen."""
    chain = small_world(world(), today=TODAY)
    answers = {name: chain.ask(query) for name, query in QUESTIONS.items()}
    settings().warehouse.parent.mkdir(parents=True, exist_ok=True)
    chain.connection.execute(f"attach '{settings().warehouse}' as built")
    for schema, name in chain.ask(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('seeds', 'marts', 'metrics')"
    ):
        chain.connection.execute(f"create schema if not exists built.{schema}")
        chain.connection.execute(f"create table built.{schema}.{name} as from {schema}.{name}")
    chain.connection.execute("detach built")
    before = records.build_started()
    records.build_ended(passed=True, is_complete=True, before=before)
    publish.publish()
    pages: dict[str, dict[str, Any]] = {}
    for code in LANGUAGES:
        for page in PAGES:
            script = str(CHECKOUT / "dashboards/streamlit_app.py")
            app = AppTest.from_file(script, default_timeout=120)
            app.session_state["lang"] = code
            app.run()
            pages.setdefault(code, {})[page.name] = seen(
                app.switch_page(f"app_pages/{page.script}").run()
            )
    sys.stdout.write(json.dumps({"pages": pages, "rows": answers}, default=str) + "\n")


if __name__ == "__main__":
    main()
