"""How the persons of the worked example hang together, and how right their map has been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.dashboards.worked_example import ANNA, HOSTILE, HOSTILE_TEXT, JONAS, at, pair

if TYPE_CHECKING:
    from tests.dashboards.warehouse_fixture import Rows


def rows() -> Rows:
    """Return how Anna hangs together, what was refused, what looks like junk, and later logins.

    Of eight pairs that are told for the first time and whose ends were known before six are
    confirmed, one is contradicted and one missed; five more were only told again.
    """
    user, contact = ("user_id", "u-1001"), ("crm_contact_id", "501")
    email = ("email", "anna.berg@nordwind.example")
    devices = ("device_id", "device-one"), ("device_id", "device-two")
    links = (
        (contact, user, "hubspot", 2),
        (contact, email, "hubspot", 1),
        (devices[0], user, "mixpanel", 1),
        (devices[1], user, "mixpanel", 1),
    )
    proofs = [
        *(("login", "mixpanel", False, "confirmed") for _ in range(6)),
        ("login", "mixpanel", False, "contradicted"),
        ("crm_merge", "hubspot", False, "missed"),
        *(("login", "mixpanel", False, "not_known_before") for _ in range(2)),
        *(("login", "mixpanel", True, "confirmed") for _ in range(5)),
    ]
    return {
        "marts.bridge_identity_links": [
            {
                "customer_id": ANNA, **pair(left, right, source), "strength_rank": rank,
                "is_backbone": True, "is_bridge": True, "split_size": split,
            }
            for rank, (left, right, source, split) in enumerate(links, start=1)
        ],
        "marts.bridge_identity_refused_links": [
            {
                "evidence_id": f"r{number}", "left_customer_id": ANNA, "right_customer_id": other,
                **pair(user, ("device_id", value), "mixpanel"), "source": "mixpanel",
                "kind": "login", "first_seen_at": at(2, number), "last_seen_at": at(3, number),
                "evidence_count": number, "refusal_reason": reason,
            }
            for number, (other, value, reason) in enumerate((
                ("c_none", "none", "blocked_value"), ("c_zero", "0", "blocked_value"),
                (JONAS, "kiosk", "too_many:user_id"),
            ), start=1)
        ],
        "marts.bridge_identity_suspects": [
            {
                "customer_id": customer_id, "identifier_type": "email",
                "identifier_namespace": "global", "identifier_value": value,
                "link_count": links, "person_count": persons, "usual_link_count": 2.1,
                "usual_person_count": 1.25,
            }
            for customer_id, value, links, persons in (
                (JONAS, "demo@form.example", 9, 5), (HOSTILE, HOSTILE_TEXT, 8, 3),
            )
        ],
        "marts.fct_identity_labels": [
            {
                "label_id": f"l{number}", "customer_id": ANNA,
                **pair(("device_id", f"device-{number}"), user, source), "kind": kind,
                "source": source, "labelled_at": at(4, 1 + number), "map_as_of": at(3, 3, 0),
                "is_repeated": is_repeated, "verdict": verdict,
            }
            for number, (kind, source, is_repeated, verdict) in enumerate(proofs)
        ],
        "metrics.mtr_identity_verdicts": [
            {
                "kind": kind, "source": source, "is_repeated": is_repeated, "map_as_of": at(3, 3, 0),
                **{
                    f"{verdict}_count": proofs.count((kind, source, is_repeated, verdict))
                    for verdict in ("confirmed", "contradicted", "missed", "not_known_before")
                },
            }
            for kind, source, is_repeated in sorted({proof[:3] for proof in proofs})
        ],
    }  # fmt: skip
