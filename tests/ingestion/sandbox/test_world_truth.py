"""The simulated company's truth: it is what the systems' records say, and it is hard enough."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ingestion.sandbox import world
from ingestion.sandbox.company import names
from ingestion.sandbox.truth import schema
from tests.ingestion.sandbox.shown import IN_PRODUCT, LINKS, MORE_CONTACTS, NAMED, touches_of
from tests.ingestion.sandbox.views import views

if TYPE_CHECKING:
    import duckdb

UNTIL, NOW_S = date(2026, 5, 20), int(datetime(2026, 5, 20, tzinfo=UTC).timestamp())
JUNK = ", ".join(f"'{value}'" for value in (*names.JUNK_EMAILS, *names.JUNK_IDS))
DAY = 86_400


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("seed") or secrets.randbelow(1_000_000))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, seed: int) -> duckdb.DuckDBPyConnection:
    """Return a company with one view per table, `mixpanel/events` being mixpanel_events."""
    folder = tmp_path_factory.mktemp(f"seed-{seed}")
    world.generate(folder, customers=1500, months=12, seed=seed, until=UNTIL)
    return views(folder)


def one(company: duckdb.DuckDBPyConnection, query: str) -> Any:
    (row,) = company.execute(query).fetchall()
    return row[0]


def assert_none(company: duckdb.DuckDBPyConnection, query: str) -> None:
    assert company.execute(f"select * from ({query}) limit 3").fetchall() == []


# ------------------------------------------------------------- it is not made to be solved


@pytest.mark.parametrize(
    ("flag", "least", "most"),
    [
        ("device_count >= 2", 0.30, 0.70),
        ("has_shared_device", 0.03, 0.10),
        ("has_second_email", 0.05, 0.12),
    ],
)
def test_enough_persons_are_hard_to_recognise(
    company: duckdb.DuckDBPyConnection, flag: str, least: float, most: float
) -> None:
    share = f"select avg(({flag})::int) from truth_persons where is_identified and kind = 'member'"
    # of a few hundred drawn anew a share strays, by half of the least bound in one of 400
    assert least / 2 <= one(company, share) <= most + least / 2


@pytest.mark.parametrize(
    ("share", "least", "most"),
    [
        pytest.param(
            """select avg((devices >= 2)::int) from (
                select user_id, count(distinct device_id) as devices from mixpanel_events
                where user_id like 'usr_%' group by user_id)""",
            0.30,
            0.70,
            id="users of several devices",
        ),
        pytest.param(
            """select sum(users) filter (where users > 1) / (
                    select count(distinct user_id) from mixpanel_events where user_id like 'usr_%')
                from (select count(distinct user_id) as users from mixpanel_events
                    where user_id like 'usr_%' and length(device_id) = 36
                        and device_id not like '0000%' group by device_id)""",
            0.02,
            0.12,
            id="users of a shared device",
        ),
        pytest.param(
            "select avg((more_emails is not null)::int) from contacts",
            0.03,
            0.12,
            id="contacts with a second address",
        ),
        pytest.param(
            """select count(*) / (select count(*) from contacts)
                from hubspot_merges where object_type = 'contacts'""",
            0.005,
            0.04,
            id="merged contacts",
        ),
        pytest.param(
            f"""select avg(coalesce(value in ({JUNK}), false)::int) from (
                select distinct on (device_id, time_s // 3600) device_id as value
                    from mixpanel_events
                union all select visitor_email from tawk_chats where visitor_email is not null
                union all select email from contacts
                union all select user_id from contacts where user_id is not null)""",
            0.01,
            0.04,
            id="junk values",
        ),
        pytest.param(
            """select count(*) / (select count(*) from mixpanel_events where library != 'web')
                from mixpanel_events where library != 'web' and arrived_ms > time_s * 1000 + 3600000
                    and arrived_ms <= (time_s + 5 * 86400) * 1000""",
            0.02,
            0.20,
            id="late events of the apps",
        ),
    ],
)
def test_the_systems_show_what_makes_it_hard(
    company: duckdb.DuckDBPyConnection, share: str, least: float, most: float
) -> None:
    assert least <= one(company, share) <= most


@pytest.mark.parametrize(
    "exists",
    [
        pytest.param("from mixpanel_profiles where properties_json like '%@nordlicht.example%'",
                     id="staff"),
        pytest.param("from mixpanel_events where properties_json like '%HeadlessChrome%'",
                     id="bots"),
        pytest.param("from contacts where archived_ms is not null", id="archived contacts"),
        pytest.param("from tawk_chats where is_deleted", id="deleted chats"),
        pytest.param("from contacts where email like 'info@%'", id="shared mailboxes"),
        pytest.param("from truth_persons where has_typo", id="typing errors"),
        pytest.param("from hubspot_contacts where regexp_matches(properties_json ->> '$.email',"
                     " '^[A-Z]')", id="capital letters"),
        pytest.param("from truth_identifiers where value like '%+nordlicht@%'", id="plus addresses"),
        pytest.param("from tawk_messages where text like '%ewig%'", id="German"),
        pytest.param("from tawk_messages where text like '%ages today%'", id="English"),
        pytest.param("from tawk_webhooks where event = 'chat:transcript_created'"
                     " group by chat_id having count(*) > 1", id="resumed chats"),
        pytest.param("from hubspot_tickets where properties_json ->> '$.source_type' = 'CHAT'",
                     id="chats that go on by e-mail"),
        pytest.param("from chartmogul_transactions where type = 'refund'", id="refunds"),
        pytest.param("from chartmogul_transactions where result = 'failed'", id="failed payments"),
        pytest.param("from mixpanel_events group by insert_id having count(*) > 1",
                     id="events sent twice"),
        *(
            pytest.param(f"from chartmogul_activities where type = '{kind}'", id=kind)
            for kind in ("new_biz", "expansion", "contraction", "churn")
        ),
        *(
            pytest.param(f"from mixpanel_events where event = '{event}'", id=event)
            for event in (
                "Ad Clicked", "Signed Up", "Trial Started", "Payment Completed", "Page Slow",
                "Onboarding Session Booked", "Plan Renewed", "Referral Shared", "Review Written",
            )
        ),
    ],
)  # fmt: skip
def test_it_occurs(company: duckdb.DuckDBPyConnection, exists: str) -> None:
    assert company.execute(f"select 1 {exists} limit 1").fetchall()


@pytest.mark.parametrize("namespace", ["hubspot", "salesforce"])
def test_ids_of_one_person_in_two_systems_have_nothing_in_common(
    company: duckdb.DuckDBPyConnection, namespace: str
) -> None:
    pairs = company.execute(
        f"""select users.value, contacts.value, persons.first_seen_s
        from truth_persons as persons
        inner join truth_identifiers as users on users.person_id = persons.person_id
            and users.identifier_type = 'user_id'
        inner join truth_identifiers as contacts on contacts.person_id = persons.person_id
            and contacts.identifier_type = 'crm_contact_id'
            and contacts.namespace = '{namespace}'"""
    ).fetchall()
    ranks = [np.argsort(np.argsort(column)) for column in zip(*pairs, strict=True)]
    # by chance alone a correlation of n pairs stays below 5 / sqrt(n)
    limit = 5 / np.sqrt(len(pairs))
    for left, right in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(ranks[left], ranks[right])[0, 1]) < limit


# ------------------------------------------------------------- the truth is what records say

IDENTIFIERS = """(select identifier_type, value, person_id, component_id, is_shared
    from truth_identifiers where not is_junk)"""


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        pytest.param(
            "device_id",
            "user_id",
            "select distinct device_id, user_id from mixpanel_events "
            "where user_id is not null and device_id is not null",
            id="logins",
        ),
        pytest.param(
            "user_id",
            "email",
            "select distinct_id, lower(properties_json ->> '$.$email') from mixpanel_profiles "
            "where distinct_id not like '$device%'",
            id="profiles",
        ),
        pytest.param(
            "crm_contact_id",
            "email",
            "select id, email from contacts union select id, unnest(more_emails) from contacts "
            f"union {MORE_CONTACTS['email']}",
            id="e-mails of contacts",
        ),
        pytest.param(
            "crm_contact_id",
            "user_id",
            "select id, user_id from contacts where user_id is not null "
            f"union {MORE_CONTACTS['user_id']}",
            id="users of contacts",
        ),
        pytest.param(
            "crm_contact_id",
            "crm_contact_id",
            "select id, merged_id from contacts where merged_id is not null "
            f"union {MORE_CONTACTS['crm_contact_id']}",
            id="merged contacts",
        ),
        pytest.param(
            "chat_visitor_id",
            "email",
            "select person_id, lower(visitor_email) from tawk_chats "
            "where visitor_email is not null and not is_deleted "
            "union select chats.person_id, "
            "lower(regexp_extract(messages.text, 'Email : ([^\\s]+)', 1)) "
            "from tawk_messages as messages "
            "inner join tawk_chats as chats on messages.chat_id = chats.chat_id "
            "where messages.sender = 's' and not chats.is_deleted",
            id="addresses in chats",
        ),
        *LINKS,
    ],
)
def test_true_links_are_the_ones_that_records_show(
    company: duckdb.DuckDBPyConnection, left: str, right: str, pairs: str
) -> None:
    shown = f"""select distinct pair.a, pair.b from ({pairs}) as pair (a, b)
        inner join {IDENTIFIERS} as a on a.identifier_type = '{left}' and a.value = pair.a
            and not a.is_shared
        inner join {IDENTIFIERS} as b on b.identifier_type = '{right}' and b.value = pair.b
            and not b.is_shared
        where pair.a not in ({JUNK}) and pair.b not in ({JUNK})"""
    known = f"""select left_value, right_value from truth_links
        where left_type = '{left}' and right_type = '{right}'
        union select right_value, left_value from truth_links
        where left_type = '{right}' and right_type = '{left}' and left_type != right_type"""
    assert one(company, f"select count(*) > 0 from ({shown})")
    assert_none(company, f"({shown}) except ({known})")
    assert_none(company, f"({known}) except ({shown})")


def test_links_stay_within_a_component_and_components_within_a_person(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert_none(
        company,
        """select component_id from truth_identifiers where component_id is not null
        group by all having count(distinct person_id) > 1""",
    )
    sides = [
        f"""select row_number() over (order by {side}_type, {side}_value) as number,
            links.*, known.component_id
        from truth_links as links inner join truth_identifiers as known
            on links.{side}_type = known.identifier_type and links.{side}_value = known.value
            and links.person_id = known.person_id"""
        for side in ("left", "right")
    ]
    assert_none(
        company,
        f"""select * from ({sides[0]}) as a inner join ({sides[1]}) as b
            using (left_type, left_value, right_type, right_value)
        where a.component_id is distinct from b.component_id or a.component_id is null""",
    )


def test_every_identifier_in_the_systems_is_somebodys(
    company: duckdb.DuckDBPyConnection,
) -> None:
    seen = """select 'device_id' as type, device_id as value from mixpanel_events
        union select 'user_id', user_id from mixpanel_events
        union select 'crm_contact_id', id from contacts
        union select 'email', email from contacts
        union select 'chat_visitor_id', person_id from tawk_chats where not is_deleted
        union select 'email', lower(requester_email) from tawk_tickets"""
    seen = " union ".join([seen, *NAMED.values()])
    assert_none(
        company,
        f"""select * from ({seen}) as seen where value is not null and (type, value) not in (
            select (identifier_type, value) from truth_identifiers)""",
    )


def test_mrr_is_the_sum_of_contracts_and_of_movements(
    company: duckdb.DuckDBPyConnection,
) -> None:
    months = f"""select strftime(day, '%Y-%m') as month, least({NOW_S},
            epoch(day + interval 1 month)::bigint) as until_s
        from generate_series(date '2025-05-01', date '2026-05-01', interval 1 month) as t (day)"""
    true = "select month, sum(mrr_cents)::bigint as cents from truth_mrr group by month"
    agreed = f"""select month, sum(mrr_cents)::bigint from ({months})
        inner join chartmogul_contracts on from_s < until_s and coalesce(to_s, {2**60}) >= until_s
        group by month"""
    moved = f"""select month, sum(movement_cents)::bigint from ({months})
        inner join chartmogul_activities on date_s < until_s group by month"""
    assert one(company, "select count(*) > 6 from (select distinct month from truth_mrr)")
    for other in (agreed, moved):
        assert_none(company, f"({true}) except ({other})")
        assert_none(company, f"({other}) except ({true})")


def test_movements_and_the_mrr_after_them_agree(company: duckdb.DuckDBPyConnection) -> None:
    assert_none(
        company,
        """select * from (select *, sum(movement_cents) over (
                partition by customer_uuid order by date_s) as total from chartmogul_activities)
        where total != mrr_after_cents""",
    )


def test_first_responses_are_those_of_the_messages(company: duckdb.DuckDBPyConnection) -> None:
    answered = f"""select asked.chat_id, (min(answers.time_ms) - asked.time_ms) // 1000 as seconds
        from (select chat_id, min(time_ms) as time_ms from tawk_messages where sender = 'v'
            group by chat_id) as asked
        inner join tawk_messages as answers on answers.chat_id = asked.chat_id
            and answers.sender = 'a' and answers.agent_name != '{names.BOT_NAME}'
            and not answers.is_note and answers.time_ms > asked.time_ms
        group by asked.chat_id, asked.time_ms"""
    known = """select record_id, first_response_s from truth_conversations
        where conversation_type = 'chat' and first_response_s is not null"""
    assert_none(company, f"({answered}) except ({known})")
    assert_none(company, f"({known}) except ({answered})")


def test_acquisitions_begin_with_the_first_touch_and_end_with_the_first_payment(
    company: duckdb.DuckDBPyConnection,
) -> None:
    touches = f"""{IN_PRODUCT}
        union all select component_id, first_customer_message_s from truth_conversations
        where not is_deleted
        union all select component_id, touch.moment
        from ({" union all ".join(touches_of(NOW_S))}) as touch (type, value, moment)
        inner join truth_identifiers as known
            on known.identifier_type = touch.type and known.value = touch.value"""
    # it is an account's payment that ends the journeys of all its persons
    assert_none(
        company,
        f"""select journeys.* from truth_journeys as journeys
        inner join (select component_id, min(moment) as first_s, max(moment) as last_s
            from ({touches}) group by component_id) as touches
            on journeys.component_id = touches.component_id
        left join truth_accounts as accounts on journeys.account_id = accounts.account_id
        where journey_type = 'acquisition' and (abs(started_s - first_s) > 0.001 or case outcome
            when 'converted' then ended_s is distinct from accounts.first_payment_s
            when 'abandoned' then abs(ended_s - last_s) > 0.001
                or last_s >= {NOW_S - schema.ACQUISITION_IDLE_DAYS * DAY}
            else ended_s is not null or last_s < {NOW_S - schema.ACQUISITION_IDLE_DAYS * DAY}
        end)""",
    )
    outcomes = "select list(distinct outcome order by outcome) from truth_journeys where "
    found = one(company, outcomes + "journey_type = 'acquisition'")
    assert found == ["abandoned", "converted", "open"]


def test_first_payments_are_those_of_the_invoices(company: duckdb.DuckDBPyConnection) -> None:
    assert_none(
        company,
        """select account_id, first_payment_s from truth_accounts
            where first_payment_s is not null
        except select customers.external_id, min(transactions.date_s)
        from chartmogul_transactions as transactions
        inner join chartmogul_invoices as invoices on transactions.invoice_uuid = invoices.uuid
        inner join chartmogul_customers as customers on invoices.customer_uuid = customers.uuid
        where transactions.result = 'successful' and transactions.type = 'payment'
        group by all""",
    )


def test_the_same_person_is_counted_once(company: duckdb.DuckDBPyConnection) -> None:
    assert one(company, "select count(*) - count(distinct person_id) from truth_persons") == 0
    assert one(company, "select value from truth_totals where name = 'identified_persons'") == one(
        company,
        """select count(distinct person_id) from truth_identifiers
        where identifier_type in ('user_id', 'email', 'phone', 'crm_contact_id', 'crm_lead_id')""",
    )
