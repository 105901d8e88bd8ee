"""A company small enough to reckon by hand, seen on 1 June 2026.

Three accounts: Nordwind pays 100 a month from January and 150 from March on; Südwind pays 200 in
February to April and leaves in May; Ostwind begins with 100 in May. So MRR is 100, 300, 350, 350
and 250 at the ends of January to May.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tests.dashboards import worked_drivers, worked_journeys

if TYPE_CHECKING:
    from tests.dashboards.warehouse_fixture import Rows

AS_OF = date(2026, 6, 1)
ANNA, JONAS, ANONYMOUS, TESTER, HOSTILE = "c_anna", "c_jonas", "c_0123456789", "c_test", "c_hostile"
FORMER_ANNA = "c_anna_before"
HOSTILE_NAME = '<img src=x onerror="alert(1)"> **[Gratis](https://evil.example)**'
HOSTILE_TEXT = '=HYPERLINK("https://evil.example") :red[$x$]'
MANY = 25
MONTHS = {number: date(2026, number, 1) for number in range(1, 6)}
# movement, account, month, day, type, change, MRR after
MOVEMENTS = (
    ("m1", "nordwind", 1, 10, "new", 100, 100),
    ("m2", "suedwind", 2, 10, "new", 200, 200),
    ("m3", "nordwind", 3, 10, "expansion", 50, 150),
    ("m4", "suedwind", 5, 10, "churn", -200, 0),
    ("m5", "ostwind", 5, 20, "new", 100, 100),
)
MRR = {1: 100, 2: 300, 3: 350, 4: 350, 5: 250}


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """Return a moment of 2026 in UTC; in Berlin it is one hour later, from April on two."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def metric(
    name: str,
    month: int,
    numerator: float,
    denominator: float | None = None,
    *,
    squares: float | None = None,
    cases: int | None = None,
    channel: str = "all",
    step: str = "all",
    phase: str = "all",
    **more: Any,
) -> dict[str, Any]:
    """Return a row of a metric."""
    return {
        "metric": name,
        "period_start": MONTHS[month],
        "grain": "month",
        "channel": channel,
        "journey_step": step,
        "journey_phase": phase,
        "persona": "all",
        "numerator": numerator,
        "denominator": denominator,
        "sum_of_squares": squares,
        "sample_size": cases if cases is not None else int(denominator or numerator),
        **more,
    }


def rows() -> Rows:
    """Return the whole company."""
    return {
        **people(), **contacts(), **revenue(), **journeys(), **metrics(), **worked_drivers.rows(),
    }  # fmt: skip


def person(customer_id: str, name: str | None, email: str | None, **more: Any) -> dict[str, Any]:
    """Return a row of dim_customers."""
    return {
        "customer_id": customer_id,
        "full_name": name,
        "email": email,
        "is_identified": True,
        "is_internal": False,
        "journey_phase": "consideration",
        "acquisition_channel": "direct",
        "first_seen_at": at(1, 5),
        "last_seen_at": at(5, 1),
        "touchpoint_count": 1,
        "session_count": 1,
        "conversation_count": 0,
        "open_conversation_count": 0,
        **more,
    }


def identifier(
    customer_id: str, kind: str, value: str, namespace: str = "global"
) -> dict[str, Any]:
    """Return a row of bridge_customer_identifiers."""
    return {
        "customer_id": customer_id,
        "identifier_type": kind,
        "identifier_namespace": namespace,
        "identifier_value": value,
        "first_seen_at": at(1, 5),
    }


def pair(left: tuple[str, str], right: tuple[str, str], source: str) -> dict[str, Any]:
    """Return the columns that name two identifiers."""
    homes = {"email": "global", "phone": "global", "user_id": "mixpanel"}
    return {
        "left_type": left[0], "left_namespace": homes.get(left[0], source), "left_value": left[1],
        "right_type": right[0], "right_namespace": homes.get(right[0], source),
        "right_value": right[1],
    }  # fmt: skip


def evidence(
    left: tuple[str, str], right: tuple[str, str], source: str, kind: str, times: int
) -> dict[str, Any]:
    """Return a row of bridge_identity_evidence for Anna."""
    return {
        "customer_id": ANNA, **pair(left, right, source), "source": source, "kind": kind,
        "first_seen_at": at(1, 6), "last_seen_at": at(5, 2), "evidence_count": times,
    }  # fmt: skip


def people() -> Rows:
    """Return persons, accounts, and what the persons are known by."""
    anna_email = "anna.berg@nordwind.example"
    return {
        "marts.dim_accounts": [
            {
                "account_id": "nordwind", "account_name": "Nordwind GmbH",
                "domain": "nordwind.example", "industry": "Handel", "country_code": "DE",
                "employee_count": 1250, "person_count": 2, "identified_person_count": 2,
                "owner_name": "Lena Vogt", "customer_since": at(1, 10), "currency_code": "EUR", "paid_currency_code": "EUR",
            },
            {"account_id": "suedwind", "account_name": "Südwind AG"},
            {"account_id": "ostwind", "account_name": "Ostwind KG"},
        ],
        "marts.dim_customers": [
            person(
                ANNA, "Anna Berg", anna_email, account_id="nordwind", owner_name="Lena Vogt",
                journey_phase="retention", acquisition_channel="paid_search",
                last_seen_at=at(5, 30), touchpoint_count=5, session_count=3, phone="+4915112345678", country_code="DE",
                conversation_count=3, open_conversation_count=1, chat_count=2, answered_chat_count=1,
                chat_first_response_seconds_median=240, ticket_count=1, answered_ticket_count=1,
                ticket_first_response_seconds_median=20_340, account_plan_name="Team",
                account_mrr_amount=150, account_paid_amount=630, account_paid_currency_code="EUR", account_currency_code="EUR",
                account_customer_since=at(1, 10),
            ),
            person(JONAS, "Jonas Müller", "jonas@nordwind.example", account_id="nordwind"),
            person(ANONYMOUS, None, None, is_identified=False, journey_phase="awareness"),
            person(TESTER, "Test Tester", "test@kette.example", is_internal=True),
            person(HOSTILE, HOSTILE_NAME, "mallory@evil.example", account_id="ostwind"),
            *(
                person(f"c_many_{index:02}", f"Muster Nummer {index:02}", None)
                for index in range(MANY)
            ),
        ],
        "marts.bridge_customer_identifiers": [
            identifier(ANNA, "email", anna_email),
            identifier(ANNA, "phone", "+4915112345678"),
            identifier(ANNA, "user_id", "u-1001", "mixpanel"),
            identifier(ANNA, "device_id", "device-one", "mixpanel"),
            identifier(ANNA, "device_id", "device-two", "mixpanel"),
            identifier(ANNA, "crm_contact_id", "501", "hubspot"),
            identifier(JONAS, "email", "jonas@nordwind.example"),
            identifier(ANONYMOUS, "device_id", "device-nobody", "mixpanel"),
            identifier(HOSTILE, "email", "mallory@evil.example"),
        ],
        "marts.bridge_customer_aliases": [
            {"alias_id": ANNA, "customer_id": ANNA},
            {"alias_id": FORMER_ANNA, "customer_id": ANNA},
        ],
        "marts.bridge_identity_evidence": [
            evidence(("device_id", "device-one"), ("user_id", "u-1001"), "mixpanel", "login", 12),
            evidence(("device_id", "device-two"), ("user_id", "u-1001"), "mixpanel", "login", 3),
            evidence(("crm_contact_id", "501"), ("email", anna_email), "hubspot", "crm_field", 1),
            evidence(("crm_contact_id", "501"), ("user_id", "u-1001"), "hubspot", "crm_field", 1),
        ],
    }  # fmt: skip


def touchpoint(
    number: int,
    customer_id: str | None,
    moment: datetime,
    source: str,
    what: str,
    channel: str,
    step: str | None,
    **more: Any,
) -> dict[str, Any]:
    """Return a row of fct_touchpoints."""
    return {
        "touchpoint_id": f"t{number}", "customer_id": customer_id, "account_id": "nordwind",
        "occurred_at": moment, "source": source, "touchpoint": what, "channel": channel,
        "journey_step": step, **more,
    }  # fmt: skip


def contacts() -> Rows:
    """Return what Anna did, what her account paid, and what was said."""
    return {
        "marts.fct_unmapped_words": [
            {
                "source": "woocommerce", "field": "order_status", "word": "shipped",
                "row_count": 4, "last_seen_at": at(5, 3), "counts_as": "placed",
                "may_mean": "placed, awaited, failed, cancelled",
                "seed_file": "seeds/vendor_words.csv",
                "seed_line": "woocommerce,order_status,shipped,placed,",
            },
        ],
        "marts.fct_unread_values": [
            {
                "source": "mixpanel", "record": "events", "field": "amount",
                "value_count": 3, "example": "9.999,99 €",
            },
        ],
        "marts.fct_touchpoints": [
            touchpoint(1, ANNA, at(1, 5), "mixpanel", "ad_clicked", "ads", "recognise_need", campaign="Winter"),
            touchpoint(2, ANNA, at(1, 6), "mixpanel", "page_viewed:/pricing", "website", "choose"),
            touchpoint(3, None, at(1, 10), "chartmogul", "first_payment_succeeded", "billing", "buy", value_amount=100, currency_code="EUR"),
            touchpoint(4, ANNA, at(2, 1), "mixpanel", "logged_in", "app", "use"),
            touchpoint(5, ANNA, at(5, 2), "tawk", "chat_started", "chat", "solve_problem"),
            touchpoint(6, ANNA, at(5, 30), "mixpanel", "report_viewed", "app", "use", content=HOSTILE_TEXT),
        ],
        "marts.fct_conversations": [
            {
                "conversation_id": "chat-1", "customer_id": ANNA, "source": "tawk", "channel": "chat",
                "status": "resolved", "is_missed": False, "started_at": at(5, 2),
                "resolved_at": at(5, 2, 11), "first_response_seconds": 120,
                "resolution_seconds": 3600, "message_count": 3,
            },
            {
                "conversation_id": "ticket-1", "customer_id": ANNA, "source": "hubspot",
                "channel": "email", "subject": HOSTILE_TEXT, "status": "open", "is_missed": False,
                "started_at": at(5, 20), "first_response_seconds": 480, "message_count": 1,
            },
        ],
        "marts.fct_messages": [
            {"conversation_id": "chat-1", "customer_id": ANNA, "message_index": index, **message}
            for index, message in enumerate((
                {"occurred_at": at(5, 2), "sender_type": "customer", "is_automated": False, "text": "Wo finde ich die Rechnung?"},
                {"occurred_at": at(5, 2), "sender_type": "agent", "agent_name": "Nordlicht Assistent", "is_automated": True, "text": "Einen Moment bitte."},
                {"occurred_at": at(5, 2, 10, 2), "sender_type": "agent", "agent_name": "Lena", "is_automated": False, "text": HOSTILE_NAME},
            ))
        ],
    }  # fmt: skip


def revenue() -> Rows:
    """Return what the accounts pay."""
    ends = {
        "nordwind": {1: 100, 2: 100, 3: 150, 4: 150, 5: 150},
        "suedwind": {2: 200, 3: 200, 4: 200, 5: 0},
        "ostwind": {5: 100},
    }
    return {
        "marts.fct_mrr_movements": [
            {
                "movement_id": number, "account_id": account, "occurred_at": at(month, day),
                "movement_type": kind, "mrr_change_amount": change, "mrr_after_amount": after,
                "currency_code": "EUR", "plan_name": "Team", "is_scheduled": False,
            }
            for number, account, month, day, kind, change, after in MOVEMENTS
        ],
        "marts.fct_mrr_monthly": [
            {"account_id": account, "period_start": MONTHS[month], "mrr_end_amount": amount, "currency_code": "EUR"}
            for account, months in ends.items()
            for month, amount in months.items()
        ],
        "marts.fct_invoices": [
            {"invoice_id": f"i{month}", "account_id": "nordwind", "occurred_at": at(month, 10), "net_amount": amount, "tax_amount": 0, "total_amount": amount, "paid_amount": amount, "refunded_amount": 20 if month == 2 else 0, "due_amount": 0, "currency_code": "EUR"}
            for month, amount in ends["nordwind"].items()
        ],
        "marts.fct_deals": [
            {"deal_id": "d1", "account_id": "nordwind", "created_at": at(1, 8), "deal_name": "Nordwind Team", "deal_stage": "closedwon", "deal_amount": 1200, "currency_code": "EUR", "owner_name": "Lena Vogt"},
        ],
        "marts.fct_orders": [
            {"order_id": "o1", "source_order_id": "4711", "customer_id": ANNA, "occurred_at": at(3, 1), "quantity": 2, "order_amount": 30, "currency_code": "EUR"},
        ],
        # of the two accounts that began in January and February one stays, the other leaves in May
        "marts.fct_retention_cohorts": [
            {
                "cohort_month": MONTHS[begin], "months_since": month - begin, "cohort_size": 1,
                "retained_count": int(months[month] > 0), "cohort_mrr_amount": months[begin],
                "retained_mrr_amount": months[month], "is_complete": True,
            }
            for begin, months in ((1, ends["nordwind"]), (2, ends["suedwind"]), (5, ends["ostwind"]))
            for month in months
        ],
    }  # fmt: skip


def journeys() -> Rows:
    """Return six acquisition journeys: two won, one open, three given up; and two of support."""
    ways = (
        ("converted", ("recognise_need", "inform", "choose", "buy")),
        ("converted", ("inform", "choose", "buy")),
        ("open", ("recognise_need", "inform")),
        ("abandoned", ("recognise_need",)),
        ("abandoned", ("recognise_need", "inform")),
        ("abandoned", ("inform", "choose")),
    )
    journeys = [("acquisition", *way) for way in ways]
    journeys += [
        ("support", "resolved", ("solve_problem",)),
        ("support", "open", ("solve_problem",)),
    ]
    return {
        **worked_journeys.counts(journeys, period_start=MONTHS[5], channel="website"),
        "marts.fct_journeys": [
            {
                "journey_id": f"j{number}", "customer_id": ANNA if number == 0 else JONAS,
                "journey_type": kind, "started_at": at(5, 1), "outcome": outcome,
                "ended_at": None if outcome == "open" else at(5, 3), "touchpoint_count": len(steps),
                "duration_seconds": None if outcome == "open" else 2 * 86400,
                "first_channel": "website",
            }
            for number, (kind, outcome, steps) in enumerate(journeys)
        ],
        "marts.fct_phase_entries": [
            {"customer_id": ANNA, "journey_phase": phase, "phase_order": order, "entered_at": at(month, day), "channel": channel}
            for order, (phase, month, day, channel) in enumerate((
                ("awareness", 1, 5, "ads"), ("consideration", 1, 6, "website"),
                ("purchase", 1, 10, "billing"), ("retention", 2, 1, "app"),
            ), start=1)
        ] + [{"customer_id": JONAS, "journey_phase": "advocacy", "phase_order": 5, "entered_at": at(5, 7), "channel": "review"}],
    }  # fmt: skip


def metrics() -> Rows:
    """Return the key figures; May is compared with April."""
    moved = {
        "awareness": (40, 100),
        "consideration": (10, 50),
        "purchase": (9, 12),
        "retention": (2, 8),
    }
    return {
        "metrics.mtr_revenue_monthly": [
            *(metric("mrr", month, amount, cases=2) for month, amount in MRR.items()),
            *(metric("paying_accounts", month, 1 if month == 1 else 2) for month in MONTHS),
            metric("mrr_new", 1, 100), metric("mrr_new", 2, 200), metric("mrr_expansion", 3, 50),
            metric("mrr_churn", 5, 200), metric("mrr_new", 5, 100),
            metric("logo_churn_rate", 4, 0, 2), metric("logo_churn_rate", 5, 1, 2),
            metric("net_revenue_retention_rate", 4, 350, 350, cases=2),
            metric("net_revenue_retention_rate", 5, 150, 350, cases=2),
        ],
        "metrics.mtr_support_monthly": [
            metric(
                name, month, value, below, cases=cases, step="solve_problem",
                population_size=2,
            )
            for name, month, value, below, cases in (
                ("conversations", 4, 1, None, 1), ("conversations", 5, 2, None, 2),
                ("chat_first_response_seconds_median", 4, 600, None, 1),
                ("chat_first_response_seconds_median", 5, 300, None, 1),
                ("ticket_resolution_seconds_median", 5, 3600, None, 1),
                ("missed_chat_rate", 5, 0, 1, 1),
            )
        ],
        "metrics.mtr_journey_monthly": [
            metric("new_customers", 5, 7), metric("new_customers", 5, 4, channel="paid_search"),
            metric("new_customers", 5, 3, channel="direct"),
            metric("active_customers", 5, 30), metric("touchpoints", 5, 1234),
            metric("acquisition_conversion_rate", 4, 1, 6, ripe_from=date(2026, 5, 31)),
            metric("acquisition_conversion_rate", 5, 2, 6, ripe_from=date(2026, 8, 30)),
            metric("acquisition_conversion_rate", 5, 2, 6, channel="paid_search"),
            *(metric("phase_conversion_rate", 5, hits, cases, phase=phase) for phase, (hits, cases) in moved.items()),
            *(metric("phase_conversion_rate", 5, hits, cases, phase=phase, channel="website") for phase, (hits, cases) in moved.items()),
        ],
        "metrics.mtr_phase_entries_monthly": [
            {"period_start": MONTHS[5], "journey_phase": phase, "channel": channel, "entry_count": count}
            for phase, channel, count in (
                *((phase, "website", cases) for phase, (_hits, cases) in moved.items()),
                ("advocacy", "review", 1),
            )
        ],
        "metrics.mtr_retention_monthly": [
            metric("retention_month_1_rate", 1, 1, 1, phase="retention"),
            metric("retention_month_1_rate", 2, 1, 1, phase="retention"),
            metric("retention_month_3_rate", 1, 1, 1, phase="retention"),
            metric("retention_month_3_rate", 2, 0, 1, phase="retention"),
        ],
    }  # fmt: skip
