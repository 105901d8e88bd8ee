"""Words that nobody has mapped: what counts meanwhile, and the line that a person is told to write."""

from __future__ import annotations

from typing import Any

from tests.chain.raw import small_world

AT = "2026-03-01T10:00:00Z"


def an_ad(name: str, **actions: int) -> dict[str, Any]:
    """Return a day of an ad."""
    told = [
        {"action_type": kind.replace("__", "."), "value": str(count)}
        for kind, count in actions.items()
    ]
    figures = {"impressions": "9", "clicks": "1", "spend": "1", "account_currency": "EUR"}
    return {
        "account_id": "77", "campaign_id": name, "adset_id": "s", "ad_id": name,
        "date_start": "2026-03-10", "payload": {**figures, "actions": told},
    }  # fmt: skip


def an_order(number: str, status: str, total: str) -> dict[str, Any]:
    """Return an order of a guest."""
    payload = {"total": total, "currency": "EUR", "billing": {"email": "a@x.example"}}
    return {"id": number, "status": status, "created_at": AT, "payload": payload}


def a_form(name: str, kind: str, title: str) -> dict[str, Any]:
    """Return a form that asks one question with eleven steps."""
    field = {"id": "q", "type": kind, "title": title, "properties": {"steps": 11}}
    return {"id": name, "payload": {"title": name, "fields": [field]}}


def a_response(form: str, kind: str, score: int) -> dict[str, Any]:
    """Return an answer to it."""
    answer = {"field": {"id": "q", "type": kind}, "type": "number", "number": score}
    return {
        "token": f"{form}{score}{kind}", "form_id": form, "submitted_at": AT, "landed_at": AT,
        "payload": {"answers": [answer]},
    }  # fmt: skip


def a_paper(number: int, consent: str) -> dict[str, Any]:
    """Return a survey on paper, with whether it may be published."""
    return {
        "row_id": str(number), "source": "counter", "survey_id": "s", "response_id": str(number),
        "question_id": "q", "question_kind": "csat", "score": 4, "answered_at": AT,
        "publication_consent": consent,
    }  # fmt: skip


def a_visit(number: int, **marks: str) -> dict[str, Any]:
    """Return a view of a page, with the marks of a campaign."""
    return {
        "event_key": f"e{number}", "event": "Page Viewed", "occurred_at": AT,
        "export_date": "2026-03-01", "distinct_id": "u1", "insert_id": f"i{number}",
        "processed_at": AT, "properties": {"$user_id": "u1", "mp_lib": "web", **marks},
    }  # fmt: skip


def test_every_word_without_a_line_counts_as_it_is_told_and_names_the_line() -> None:
    chain = small_world(
        {
            "woocommerce.orders": [
                an_order("1003", "shipped", "80.00"),
                an_order("1004", "partial-payment", "60.00"),
                an_order("1005", "pending", "70.00"),
                an_order("1006", "quote", "900.00"),
            ],
            "meta_ads.insights": [
                an_ad("1", omni_purchase=2, purchase=2, offsite_conversion__fb_pixel_purchase=2),
                an_ad("2", purchase=3, offsite_conversion__fb_pixel_purchase=3,
                      web_in_store_purchase=3, offsite_conversion__custom__17=4),
                an_ad("3", link_click=20, lead=5, onsite_conversion__lead_grouped=5),
            ],
            "typeform.forms": [
                a_form("fNps", "nps", "Empfehlung?"),
                a_form("fExport", "opinion_scale", "Wie leicht war der Export?"),
            ],
            "typeform.responses": [
                *(a_response("fNps", "nps", score) for score in (9, 10)),
                *(a_response("fExport", "opinion_scale", score) for score in (3, 5, 6)),
            ],
            "hubspot.tickets": [
                {"id": "1", "created_at": AT, "properties": {"source_type": "WhatsApp, direkt"}}
            ],
            "files.surveys": [
                a_paper(number, consent)
                for number, consent in enumerate(("ja", "Nein", "oui", "x", "jawoll"))
            ],
            "files.touchpoints": [
                {"row_id": "9", "source": "counter", "occurred_at": AT, "channel": "in_person",
                 "touchpoint": "test_drive"},
                {"row_id": "10", "source": "counter", "occurred_at": AT, "channel": "website",
                 "touchpoint": "page_viewed", "properties": {"utm_medium": "QR-Code, Tisch"}},
                # a line knows it
                {"row_id": "11", "source": "counter", "occurred_at": AT, "channel": "website",
                 "touchpoint": "page_viewed", "properties": {"utm_medium": "flyer"}},
            ],
            "mixpanel.export_events": [
                a_visit(number, **marks)
                for number, marks in enumerate((
                    {"utm_source": "facebook", "utm_medium": "Story"},
                    {"utm_source": "instagram", "utm_medium": "story"},
                    {"utm_source": "wochenblatt", "utm_medium": "story"},
                    {"utm_source": "google", "utm_medium": "cpc"},
                    {"utm_source": "google", "utm_medium": "(none)"},
                ))
            ],
        },
        today="2026-04-01",
        # a line of one's own, and one with a slip, which is none
        seeds={
            "vendor_words": [
                {"source": "woocommerce", "field": "order_status", "word": "quote",
                 "meaning": "awaited"},
                {"source": "woocommerce", "field": "order_status", "word": "shipped",
                 "meaning": "palced"},
            ],
            "acquisition_rules": [
                {"field": "medium", "match": "exact", "value": "flyer",
                 "acquisition_channel": "referral"},
            ],
        },
        only=[
            "fct_unmapped_words", "int_meta_ads__marketing_days", "int_orders_unioned",
            "int_survey_answers_unioned", "int_hubspot__conversations",
        ],
    )  # fmt: skip

    assert chain.ask(
        "select source, field, word, row_count, counts_as, seed_file, seed_line "
        "from marts.fct_unmapped_words order by source, field, word"
    ) == [
        ("counter", "touchpoint", "test_drive", 1, "no_step", "seeds/touchpoints.csv",
         "counter,test_drive,in_person,,true,customer,false,test_drive,test_drive,no step is known yet"),
        ("counter", "utm_medium", "qr-code, tisch", 1, "referral", "seeds/acquisition_rules.csv",
         'medium,exact,"qr-code, tisch",referral,'),
        ("files", "publication_consent", "jawoll", 1, "unknown", "seeds/vendor_words.csv",
         "files,publication_consent,jawoll,unknown,"),
        ("hubspot", "ticket_source", "whatsapp, direkt", 1, "email", "seeds/vendor_words.csv",
         'hubspot,ticket_source,"whatsapp, direkt",email,'),
        ("meta_ads", "action_type", "offsite_conversion.custom.17", 1, "none",
         "seeds/vendor_words.csv", "meta_ads,action_type,offsite_conversion.custom.17,none,"),
        # two of three came from social networks
        ("mixpanel", "utm_medium", "story", 3, "social", "seeds/acquisition_rules.csv",
         "medium,exact,story,social,"),
        ("typeform", "question", "fExport q Wie leicht war der Export?", 3, "no_figure",
         "seeds/survey_questions.csv", "typeform,fExport,q,star,0,10,,1"),
        ("woocommerce", "order_status", "partial-payment", 1, "placed", "seeds/vendor_words.csv",
         "woocommerce,order_status,partial-payment,placed,"),
        ("woocommerce", "order_status", "shipped", 1, "placed", "seeds/vendor_words.csv",
         "woocommerce,order_status,shipped,placed,"),
    ]  # fmt: skip
    orders = "select order_id, order_amount from intermediate.int_orders_unioned order by 1"
    assert chain.ask(orders) == [("1003", 80), ("1004", 60)]
    conversions = (
        "select campaign_id, conversion_count from intermediate.int_meta_ads__marketing_days "
        "order by 1"
    )
    assert chain.ask(conversions) == [("1", 2), ("2", 3), ("3", 5)]
    assert chain.ask(
        "select count(*), avg(case nps_group when 'promoter' then 100 else 0 end) "
        "from intermediate.int_survey_answers_unioned where question_kind = 'nps'"
    ) == [(2, 100)]
    assert chain.ask("select channel from intermediate.int_hubspot__conversations") == [("email",)]
    assert chain.ask(
        "select has_publication_consent from intermediate.int_survey_answers_unioned "
        "where source = 'counter' order by response_id"
    ) == [(True,), (False,), (True,), (True,), (None,)]
