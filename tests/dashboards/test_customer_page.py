"""Finding a person and reading everything about them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from dashboards.i18n import TEXTS
from dashboards.queries.people import FOUND_AT_MOST
from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.worked_example import (
    ANNA,
    ANONYMOUS,
    FORMER_ANNA,
    HOSTILE,
    HOSTILE_NAME,
    HOSTILE_TEXT,
    JONAS,
    TESTER,
)

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit

PAGE = "customer_profile.py"
EN = TEXTS["en"]


@pytest.fixture
def search(full: Path, visit: Visit) -> AppTest:
    return visit(PAGE)


def found(app: AppTest) -> list[str]:
    """Return the names of the persons in a list, in order."""
    return [
        button.label.strip("*").replace("\\", "")
        for button in app.button
        if str(button.key).startswith("open-")
    ]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("Anna Berg", "Name"),
        ("anna.b", "E-mail: anna.berg@nordwind.example"),
        ("  ANNA.BERG@nordwind.example ", "E-mail: anna.berg@nordwind.example"),
        ("device-two", "Device: device-two"),
        ("u-1001", "User id: u-1001"),
        ("0151 / 1234-5678", "Telephone: +4915112345678"),
        (ANNA, "Number in Kette"),
        (FORMER_ANNA, "Former number in Kette"),
    ],
)
def test_a_person_is_found_by_anything_known_and_told_by_what(
    search: AppTest, typed: str, reason: str
) -> None:
    search.text_input(key="q").input(typed).run()
    assert not search.exception
    assert found(search) == ["Anna Berg"]
    assert reason in texts(search)


def test_a_name_is_found_without_its_accents(search: AppTest) -> None:
    search.text_input(key="q").input("muller").run()
    assert found(search) == ["Jonas Müller"]


def test_a_company_finds_all_its_people(search: AppTest) -> None:
    search.text_input(key="q").input("nordwind gmbh").run()
    assert sorted(found(search)) == ["Anna Berg", "Jonas Müller"]
    assert "2 found" in texts(search)


def test_of_too_many_the_best_are_shown_and_the_rest_is_told(search: AppTest) -> None:
    search.text_input(key="q").input("muster").run()
    assert len(found(search)) == FOUND_AT_MOST
    assert search.info[0].value == EN["customer.found.many"].format(count=FOUND_AT_MOST)


@pytest.mark.parametrize("typed", ["nobody of this name", "%", "_", "'; drop table x; --"])
def test_what_nobody_is_called_finds_nobody(search: AppTest, typed: str) -> None:
    search.text_input(key="q").input(typed).run()
    assert not search.exception
    assert not found(search)
    assert any(EN["customer.found.none"] in text for text in texts(search))


def test_before_a_search_the_persons_seen_last_are_offered(search: AppTest) -> None:
    assert found(search)[0] == "Anna Berg"
    assert "Test Tester" not in found(search)


def test_opening_a_person_puts_it_into_the_address(search: AppTest) -> None:
    search.button(key=f"open-{ANNA}").click().run()
    assert search.header[0].value == "Anna Berg"
    assert search.query_params["customer"] in (ANNA, [ANNA])


def test_a_new_search_closes_the_person_who_was_open(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)
    app.text_input(key="q").input("muller").run()
    assert not app.header
    assert found(app) == ["Jonas Müller"]


def test_the_head_tells_who_the_person_is(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)
    shown = texts(app)
    for fact in (
        "Nordwind GmbH",
        "anna.berg@nordwind.example",
        "+4915112345678",
        "Lena Vogt",
        "Paid search",
        "5 Jan 2026, 11:00",
        "30 May 2026, 12:00",
    ):
        assert fact in shown
    assert any("Retention since 1 Feb 2026" in text for text in shown)
    figures = metrics(app)
    assert figures["MRR of the account"] == "€150.00"
    # 650 invoiced, 20 of it refunded, and an order of 30
    assert figures["Value so far"] == "€660"
    assert figures["Conversations"] == "3"


def test_answers_in_a_chat_and_by_mail_are_told_apart_and_for_how_many(
    full: Path, visit: Visit
) -> None:
    app = visit(PAGE, customer=ANNA)
    figures = metrics(app)
    assert figures["First response, chats"] == "4 min"
    assert figures["First response, tickets"] == "5 h 39 min"
    shown = texts(app)
    assert "median, based on 1 of 2" in shown
    assert "median, based on 1 of 1" in shown


def test_who_never_asked_has_no_response_time(full: Path, visit: Visit) -> None:
    app = visit(PAGE, "de", customer=JONAS)
    assert metrics(app)["Erstreaktion, Chats"] == "–"
    assert texts(app).count("bisher keine") == 2


def test_the_timeline_tells_of_all_systems_newest_first(full: Path, visit: Visit) -> None:
    rows = tables(visit(PAGE, customer=ANNA)).splitlines()
    assert rows[0].startswith("30 May 2026, 12:00 | Report viewed | App | Use")
    assert [row.rsplit(" | ", 1)[1] for row in rows[:4]] == [
        "Mixpanel",
        "tawk.to",
        "Mixpanel",
        "ChartMogul",
    ]
    assert "€100.00 · whole account" in rows[3]


def test_the_timeline_of_one_channel_shows_that_channel_only(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)
    app.session_state["channels"] = ["billing"]
    app.run()
    assert not app.exception
    timeline = app.table[0].value
    assert list(timeline["What happened"]) == ["First payment"]


def test_a_conversation_shows_what_was_said_and_how_fast(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)
    app.session_state["view"] = "conversations"
    app.run()
    assert not app.exception
    shown = texts(app)
    assert "2 min" in [text.replace("\u00a0", " ") for text in shown]
    assert "Wo finde ich die Rechnung?" in shown
    assert any("(automatic)" in text.replace("\\", "") for text in shown)


def test_the_account_shows_its_people_and_its_money(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)
    app.session_state["view"] = "account"
    app.run()
    assert not app.exception
    assert found(app) == ["Jonas Müller"]
    cells = tables(app)
    assert "Upgrade | Team | €50.00 | €150.00" in cells
    assert "10 Feb 2026 | €100.00 | €0.00 | €100.00 | €100.00 | €0.00 | €20.00" in cells
    assert "Nordwind Team | closedwon | €1,200.00 | Lena Vogt" in cells
    assert "4711 | 2 | €30.00" in cells


def test_every_value_tells_which_record_says_it_and_who_says_otherwise(
    full: Path, visit: Visit
) -> None:
    app = visit(PAGE, customer=ANNA)
    app.session_state["view"] = "origin"
    app.run()
    assert not app.exception
    labels = [expander.label.replace("\\", "") for expander in app.expander]
    # the profile writes the same name in capitals; the archived contact has no say
    assert labels == [
        "Name: **Anna Berg** :gray-badge[HubSpot] :orange-badge[differs in: tawk.to]",
        "Country: **DE** :gray-badge[Mixpanel]",
        # what follows from records comes after what they state, each of person and account
        "Phase of the journey: **Retention** :gray-badge[Mixpanel]",
        "Last use of the product: **30 May 2026, 12:00** :gray-badge[Mixpanel]",
        "Last NPS answer: **9** :gray-badge[Trustmary]",
        "Consent: web analytics: **no** :gray-badge[Google Analytics]",
        "Contacts: **5** :gray-badge[Mixpanel]",
        "Industry: **Handel** :gray-badge[HubSpot]",
        "Number in the CRM: **9001** :gray-badge[HubSpot]",
        "MRR: **€150.00** :gray-badge[ChartMogul]",
    ]
    counts = ":green-badge[:material/check: counts]"
    load = "loaded 1 Jun 2026, 07:00 (load 1780290000.25)"
    shown = [text.replace("\\", "") for text in texts(app)]
    for said, record in (
        (f"**Anna Berg** · HubSpot {counts}", "Contact 501 · last written 1 Apr 2026, 12:00"),
        (
            "**ANNA BERG** · Mixpanel :gray-badge[says the same]",
            "Profile u-1001 · last written 30 May 2026, 12:00",
        ),
        (
            "**Annie** · tawk.to :orange-badge[:material/flag: says something else]",
            "Chat chat-1 · last written 2 May 2026, 12:00",
        ),
        (
            "**Anna Tal** · Trustmary :gray-badge[counts only if nothing else is known]",
            "Contact 77 · last written 5 Jan 2026, 11:00",
        ),
        (f"**DE** · Mixpanel {counts}", "Event e9 · last written 30 May 2026, 12:00 · 12 times"),
        (f"**Handel** · HubSpot {counts}", "Company 9001 · last written 3 Mar 2026, 11:00"),
        (
            "**001X** · Salesforce :gray-badge[its own number]",
            "Company 001X · last written 3 Mar 2026, 11:00",
        ),
        (f"**Retention** · Mixpanel {counts}", "Event e2 · on 1 Feb 2026, 11:00"),
        ("**Awareness** · Mixpanel :gray-badge[earlier]", "Event e1 · on 5 Jan 2026, 11:00"),
        ("**6** · Trustmary :gray-badge[earlier]", "Survey answer r1 · on 2 Feb 2026, 11:00"),
        ("**3** · Mixpanel :gray-badge[contributes]", "Event e9 · on 30 May 2026, 12:00"),
        (
            f"**€150.00** · ChartMogul {counts}",
            "Change of the subscription m2 · on 10 Mar 2026, 11:00 · sum of 2 records",
        ),
    ):
        assert said in shown
        assert f"{record} · {load}" in shown
    # the touchpoint of a source that tells no load
    assert "**2** · tawk.to :gray-badge[contributes]" in shown
    assert "Event chat-1 · on 2 May 2026, 12:00" in shown


def on_a_day(visit: Visit, day: date) -> AppTest:
    """Return Anna's page with what was true on a day."""
    app = visit(PAGE, customer=ANNA)
    app.session_state["view"] = "day"
    app.session_state["day"] = day
    app.run()
    assert not app.exception
    return app


def test_what_was_true_on_a_day_stands_beside_what_is_true_now(full: Path, visit: Visit) -> None:
    app = on_a_day(visit, date(2026, 2, 20))
    person, account = (table.value for table in app.table)
    assert list(person)[1:3] == ["20 Feb 2026", "Now"]
    cells = tables(app)
    assert "Contacts so far | 3 | 5 | changed" in cells
    assert "Last use of the product | 1 Feb 2026 | 30 May 2026 | changed" in cells
    assert "Consent: web analytics | yes | no | changed" in cells
    assert "Consent: marketing e-mails | – | – | " in cells
    assert "Last NPS answer | – | 9 | changed" in cells
    assert list(account)[1] == "20 Feb 2026"
    assert "Plan | Start | Team | changed" in cells
    assert "MRR | €100.00 | €150.00 | changed" in cells
    assert "Seats | 2 | 3 | changed" in cells
    assert "Next renewal | 10 Mar 2026 | 10 Jun 2026 | changed" in cells
    assert "Health | at risk, 44.5 of 100 | good, 72.3 of 100 | changed" in cells


def test_on_the_day_of_a_change_it_has_happened(full: Path, visit: Visit) -> None:
    assert "Contacts so far | 1 | 5 | changed" in tables(on_a_day(visit, date(2026, 1, 31)))
    assert "Contacts so far | 3 | 5 | changed" in tables(on_a_day(visit, date(2026, 2, 1)))


def test_before_the_first_day_known_the_page_says_so(full: Path, visit: Visit) -> None:
    app = on_a_day(visit, date(2026, 1, 4))
    told = EN["day.unknown"].format(day="4 Jan 2026", first="5 Jan 2026")
    assert any(told in text for text in texts(app))
    assert "Contacts so far | – | 5 | changed" in tables(app)


def test_the_identity_shows_who_was_linked_to_what_by_whom(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)
    app.session_state["view"] = "identity"
    app.run()
    assert not app.exception
    cells = tables(app)
    assert "User id | u-1001 | Mixpanel" in cells
    assert "E-mail | anna.berg@nordwind.example | everywhere" in cells
    assert (
        "Device device-one | User id u-1001 | Login | Mixpanel | 6 Jan 2026 | 2 May 2026 | 12"
        in cells
    )
    assert "CRM contact 501 | E-mail anna.berg@nordwind.example | Field in the CRM" in cells


def test_a_former_number_finds_its_person_and_says_so(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=FORMER_ANNA)
    assert app.header[0].value == "Anna Berg"
    assert EN["customer.former"] in texts(app)


def test_a_number_that_is_nobody_s_is_told(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer="c_nobody")
    assert not app.exception
    assert app.warning[0].value == EN["customer.gone"]


def test_an_anonymous_person_and_a_tester_are_marked(full: Path, visit: Visit) -> None:
    anonymous, tester = visit(PAGE, customer=ANONYMOUS), visit(PAGE, customer=TESTER)
    assert any(EN["customer.badge.anonymous"] in text for text in texts(anonymous))
    assert anonymous.header[0].value.startswith("Anonymous")
    assert any(EN["customer.badge.internal"] in text for text in texts(tester))


def test_a_person_without_anything_has_an_empty_state_in_every_view(
    full: Path, visit: Visit
) -> None:
    app = visit(PAGE, customer=TESTER)
    for view, key in (
        ("timeline", "timeline.empty"),
        ("conversations", "conversation.empty"),
        ("account", "account.none"),
        ("day", "day.person.empty"),
        ("origin", "origin.empty"),
        ("identity", "identity.evidence.empty"),
    ):
        app.session_state["view"] = view
        app.run()
        assert not app.exception
        assert any(EN[key] in text for text in texts(app)), view


def test_what_comes_from_outside_is_never_markup(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=HOSTILE)
    head = app.header[0].value
    assert head != HOSTILE_NAME
    assert head.replace("\\", "").replace(":gray[]", "") == HOSTILE_NAME
    assert r"\<img" in head
    story = visit(PAGE, customer=ANNA)
    assert HOSTILE_TEXT in tables(story)
    assert HOSTILE_TEXT not in "".join(story.table[0].value["Details"])
