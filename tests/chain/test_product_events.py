"""Events of the product as its libraries and its people send them: names, ids and slips."""

from __future__ import annotations

from typing import Any

from tests.chain.raw import small_world

OLD_BROWSER = "1717b8279504bb-0d284ce1b5de5f-5313f6f-3845a0-1717b8279524ed"
OTHER_BROWSER = "1818b8279504bb-0a284ce1b5de5f-5313f6f-3845a0-1818b8279524ed"
DEVICES = [f"0000000{number}-aaaa-4bbb-8ccc-00000000000{number}" for number in range(1, 6)]


def events(*told: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events as the loader stores them: moment in March, name, properties."""
    return [
        {
            "event_key": f"e{number}",
            "event": name,
            "occurred_at": f"2026-03-{moment}:00+00",
            "export_date": f"2026-03-{moment[:2]}",
            "distinct_id": properties.get("distinct_id"),
            "properties": {"mp_lib": "web", **properties},
        }
        for number, (moment, name, properties) in enumerate(told)
    ]


def identified(moment: str, user: str, device: str) -> tuple[str, str, dict[str, Any]]:
    """Return the event by which an older library says who uses a device."""
    return (
        moment,
        "$identify",
        {"distinct_id": user, "$identified_id": user, "$anon_id": device},
    )


def persons(*told: tuple[str, str, dict[str, Any]]) -> set[frozenset[str]]:
    """Return the identifiers of each person."""
    chain = small_world(
        {"mixpanel.export_events": events(*told)},
        today="2026-04-01",
        only=["int_identity_clusters"],
    )
    rows = chain.ask(
        "select array_agg(identifier_value) from intermediate.int_identity_clusters "
        "group by canonical_type, canonical_namespace, canonical_value"
    )
    return {frozenset(values) for (values,) in rows}


def test_an_older_browsers_id_is_a_device() -> None:
    found = persons(
        ("01 08:00", "Ad Clicked", {"distinct_id": OLD_BROWSER}),
        identified("01 08:05", "dora", OLD_BROWSER),
        ("01 08:06", "Signed Up", {"distinct_id": "dora"}),
        ("01 09:00", "Ad Clicked", {"distinct_id": OTHER_BROWSER, "$device_id": OTHER_BROWSER}),
        ("01 09:06", "Signed Up", {"$user_id": "emil", "$device_id": OTHER_BROWSER}),
    )

    assert found == {frozenset({"dora", OLD_BROWSER}), frozenset({"emil", OTHER_BROWSER})}


def test_a_users_id_with_hyphens_stays_a_users() -> None:
    found = persons(
        ("01 08:00", "Signed Up", {"distinct_id": "a-b-c-d-e"}),
        ("01 08:00", "Signed Up", {"distinct_id": "2024-beta-0001-42-x"}),
    )

    assert found == {frozenset({"a-b-c-d-e"}), frozenset({"2024-beta-0001-42-x"})}


def test_an_alias_of_two_users_who_both_log_in_makes_nobody_one() -> None:
    one, two, three, *_ = DEVICES
    found = persons(
        identified("01 08:05", "alice", one),
        identified("01 09:05", "alice", two),
        identified("02 08:05", "bob", three),
        identified("03 08:05", "alice", three),
        ("04 08:05", "$create_alias", {"distinct_id": "alice", "alias": "bob"}),
    )

    assert not any({"alice", "bob"} <= person for person in found)


def test_users_who_log_in_on_devices_of_their_own_stay_two_whatever_the_order() -> None:
    one, two, *_ = DEVICES
    found = persons(
        identified("01 08:05", "alice", one),
        ("02 08:05", "$merge", {"$distinct_ids": ["alice", "bob"]}),
        identified("03 08:05", "bob", two),
    )

    assert not any({"alice", "bob"} <= person for person in found)


def test_a_second_id_of_one_user_is_an_alias() -> None:
    one, *_ = DEVICES
    found = persons(
        # the backend knows her by another id
        identified("01 08:05", "carla-web", one),
        ("02 08:05", "Report Viewed", {"distinct_id": "carla-backend"}),
        ("03 08:05", "$create_alias", {"distinct_id": "carla-web", "alias": "carla-backend"}),
        # a company gives its users new ids: one after the other on the same device
        identified("01 10:00", "17", DEVICES[3]),
        identified("09 10:00", "dora@example.com", DEVICES[3]),
        ("09 10:01", "$create_alias", {"distinct_id": "dora@example.com", "alias": "17"}),
    )

    assert any({"carla-web", "carla-backend"} <= person for person in found)
    assert any({"17", "dora@example.com"} <= person for person in found)


def test_names_in_every_alphabet_keep_their_letters_and_never_collide() -> None:
    names = [
        "Заказ оформлен",
        "注文完了",
        "注文取消",
        "تم الدفع",
        "Prüfung bestanden",
        "Übersicht geöffnet",
        "C++",
        "C#",
        "👍",
        "👎",
        "Page Viewed",
        "page_viewed",
    ]
    chain = small_world(
        {
            "mixpanel.export_events": events(
                *(("01 08:00", name, {"distinct_id": "u1"}) for name in names)
            )
        },
        today="2026-04-01",
        only=["dim_touchpoints"],
    )
    rows = chain.ask(
        "select touchpoint, label_en from marts.dim_touchpoints where touchpoint_count > 0"
    )

    labels = dict(rows)
    # the two spellings of a page view are one
    assert len(labels) == len(names) - 1
    assert labels["prüfung_bestanden"] == "Prüfung bestanden"
    assert labels["übersicht_geöffnet"] == "Übersicht geöffnet"
    assert {"Заказ оформлен", "注文完了", "注文取消", "C++", "C#", "👍", "👎"} <= set(
        labels.values()
    )
    assert all(labels)
