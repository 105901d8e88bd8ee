"""How conversions are shared out over channels: public worked examples, and Shapley by all coalitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import factorial
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.chain.build import Chain

CONVERTED = datetime(2026, 3, 31, 12, tzinfo=UTC)
# who was brought by which channels, how many days before the conversion each, and the amount
Path = tuple[list[tuple[str, float]], str | None]
PATHS: dict[str, Path] = {
    # the example of Snowplow's package: 140 after Direct > Organic > Direct
    "snowplow": ([("direct", 9), ("organic_search", 5), ("direct", 1)], "140"),
    "alone": ([("email", 3)], "50"),
    "two": ([("social", 4), ("email", 2)], "100"),
    "four": ([("paid_search", 14), ("social", 7), ("email", 7), ("direct", 0)], "200"),
    # repeats are one contact, dated to the last of them
    "repeats": ([("email", 21), ("email", 14), ("direct", 7), ("direct", 0)], "90"),
    "all direct": ([("direct", 6), ("direct", 2)], "10"),
    # outside of the window of 30 days, within that of 90
    "long ago": ([("social", 60), ("email", 1)], "80"),
    "unseen": ([], "30"),
    "without amount": ([("email", 2), ("referral", 1)], None),
    # three parts of a cent that cannot be split
    "a cent": ([("email", 3), ("social", 2), ("referral", 1)], "0.01"),
    "most": ([("email", 3), ("social", 2), ("referral", 1)], "99999999999999.99"),
}
# whom a channel brought, who never converted
LOST = {"lost 1": ["email"], "lost 2": ["social", "email"], "lost 3": ["paid_search"]}


def rows(values: Iterable[str], columns: str) -> str:
    """Return a query of rows that are written out."""
    return f"select * from (values {', '.join(values)}) as given({columns})"


def visits() -> Iterable[str]:
    """Yield each visit as a row; the last visit is of nobody who could convert."""
    for person, (path, _) in PATHS.items():
        for number, (channel, days) in enumerate(path):
            yield visit(f"{person} {number}", person, channel, CONVERTED - timedelta(days))
        # what comes after it has no part in it
        yield visit(f"{person} later", person, "referral", CONVERTED + timedelta(1))
    for person, channels in LOST.items():
        for number, channel in enumerate(channels):
            yield visit(f"{person} {number}", person, channel, CONVERTED + timedelta(number))


def visit(name: str, person: str, channel: str, at: datetime) -> str:
    return f"('{name}', '{person}', null::varchar, timestamptz '{at}', '{channel}')"


@pytest.fixture(scope="module")
def world() -> Chain:
    """Return the credits of a world of the paths above, with a model that somebody added."""
    conversions = [
        f"('first_order|{person}', 'first_order', '{person}', '{person}', null::varchar,"
        f" timestamptz '{CONVERTED}', {amount or 'null'}::decimal(18, 2),"
        " 'EUR', true)"
        for person, (_, amount) in PATHS.items()
    ]
    return small_world(
        {},
        today="2026-05-01",
        given={
            "int_attribution_exposures": rows(
                visits(), "session_id, customer_id, account_id, started_at, acquisition_channel"
            ),
            "int_conversions_found": rows(
                conversions,
                "conversion_id, conversion_kind, subject_id, customer_id, account_id,"
                " converted_at, conversion_amount, currency_code, is_attributed",
            ),
        },
        seeds={
            "attribution_models": [
                {"attribution_model": "ours", "model_order": 11, "method": "position",
                 "first_weight": 0.3, "middle_weight": 0.6, "last_weight": 0.1},
                {"attribution_model": "between", "model_order": 12, "method": "position",
                 "first_weight": 0, "middle_weight": 1, "last_weight": 0},
            ]
        },
        only=["fct_attribution_credits"],
    )  # fmt: skip


def credits_of(world: Chain, person: str, model: str, window: int = 30) -> dict[str, float]:
    """Return each channel's share of a conversion, without those that have none."""
    return dict(
        world.ask(
            """
            select channel, credit::double from intermediate.int_attribution_credits
            where conversion_id = ? and attribution_model = ? and window_days = ? and credit > 0
            """,
            f"first_order|{person}", model, window,
        )
    )  # fmt: skip


def test_the_worked_example_of_snowplow(world: Chain) -> None:
    def amounts(model: str) -> dict[str, float]:
        return dict(
            world.ask(
                """
                select channel, credited_amount::double from marts.fct_attribution_credits
                where conversion_id = 'first_order|snowplow' and attribution_model = ?
                """,
                model,
            )
        )

    assert amounts("first") == {"direct": 140, "organic_search": 0}
    assert amounts("last") == {"direct": 140, "organic_search": 0}
    # 46.67 for each of the three contacts, two of which are direct
    assert amounts("linear") == pytest.approx({"direct": 93.3333, "organic_search": 46.6667})
    # 56, 28 and 56
    assert amounts("u_shaped") == pytest.approx({"direct": 112, "organic_search": 28})


@pytest.mark.parametrize(
    ("person", "model", "shares"),
    [
        ("four", "first", {"paid_search": 1}),
        ("four", "last", {"direct": 1}),
        ("four", "last_non_direct", {"email": 1}),
        ("all direct", "last_non_direct", {"direct": 1}),
        ("four", "linear", dict.fromkeys(("paid_search", "social", "email", "direct"), 0.25)),
        ("four", "u_shaped", {"paid_search": 0.4, "social": 0.1, "email": 0.1, "direct": 0.4}),
        ("four", "j_shaped", {"paid_search": 0.2, "social": 0.1, "email": 0.1, "direct": 0.6}),
        ("four", "inverse_j", {"paid_search": 0.6, "social": 0.1, "email": 0.1, "direct": 0.2}),
        # 14, 7, 7 and 0 days before the last one with a half-life of 7: 1/4, 1/2, 1/2 and 1 of 9/4
        (
            "four",
            "time_decay",
            {"paid_search": 1 / 9, "social": 2 / 9, "email": 2 / 9, "direct": 4 / 9},
        ),
        ("four", "ours", {"paid_search": 0.3, "social": 0.3, "email": 0.3, "direct": 0.1}),
        # the first and the last share what is theirs, in proportion
        ("two", "u_shaped", {"social": 0.5, "email": 0.5}),
        ("two", "j_shaped", {"social": 0.25, "email": 0.75}),
        ("two", "between", {"social": 0.5, "email": 0.5}),
        ("alone", "u_shaped", {"email": 1}),
        ("alone", "between", {"email": 1}),
        # e-mail 14 days and direct 0 days before: 1/4 and 1 of 5/4
        ("repeats", "linear", {"email": 0.5, "direct": 0.5}),
        ("repeats", "time_decay", {"email": 0.2, "direct": 0.8}),
        # three contacts, two channels
        ("snowplow", "shapley", {"direct": 0.5, "organic_search": 0.5}),
        ("long ago", "linear", {"email": 1}),
        ("unseen", "markov", {"unmapped": 1}),
    ],
)
def test_a_model_shares_out_as_its_words_say(
    world: Chain, person: str, model: str, shares: dict[str, float]
) -> None:
    assert credits_of(world, person, model) == pytest.approx(shares, abs=1e-9)


def test_a_longer_window_sees_more(world: Chain) -> None:
    assert credits_of(world, "long ago", "first", window=90) == {"social": 1}
    assert credits_of(world, "four", "first", window=7) == {"social": 1}


def test_the_markov_chain_shares_by_what_would_be_lost(world: Chain) -> None:
    effects = dict(
        world.ask(
            "select channel, removal_effect from intermediate.int_attribution_removals "
            "where window_days = 30"
        )
    )
    social, email = effects["social"], effects["email"]

    shares = credits_of(world, "two", "markov")
    assert shares == pytest.approx(
        {"social": social / (social + email), "email": email / (social + email)}, abs=1e-9
    )


def test_shapley_is_that_of_all_coalitions(world: Chain) -> None:
    # the worth of a coalition: the conversions whose channels it has all of
    paths = [
        frozenset(channel for channel, days in path if days <= 30) for path, _ in PATHS.values()
    ]
    channels = sorted(frozenset().union(*paths))

    def worth(coalition: frozenset[str]) -> int:
        return sum(path <= coalition for path in paths if path)

    expected = {}
    for channel in channels:
        others = [other for other in channels if other != channel]
        expected[channel] = sum(
            factorial(size) * factorial(len(channels) - size - 1) / factorial(len(channels))
            * (worth(frozenset((*members, channel))) - worth(frozenset(members)))
            for size in range(len(channels))
            for members in combinations(others, size)
        )  # fmt: skip

    found = dict(
        world.ask(
            """
            select channel, sum(credit)::double from marts.fct_attribution_credits
            where attribution_model = 'shapley' and channel != 'unmapped' group by all
            """
        )
    )
    assert found == pytest.approx(expected, abs=1e-9)


def test_each_conversion_is_shared_out_completely(world: Chain) -> None:
    assert world.failing("attribution_credits_sum") == {}
    assert world.ask(
        """
        select max(abs(whole - 1))::double, count(*) from (
            select sum(credit) as whole from intermediate.int_attribution_credits
            group by conversion_id, attribution_model, window_days
        ) as sums
        """
    ) == [(0, len(PATHS) * 12 * 3)]
    assert world.ask(
        """
        select distinct sum(credited_amount)::varchar from marts.fct_attribution_credits
        where conversion_id in ('first_order|most', 'first_order|a cent')
        group by conversion_id, attribution_model order by 1
        """
    ) == [("0.0100",), ("99999999999999.9900",)]


def test_a_conversion_without_an_amount_has_none_to_share(world: Chain) -> None:
    assert world.ask(
        """
        select distinct credited_amount from marts.fct_attribution_credits
        where conversion_id = 'first_order|without amount'
        """
    ) == [(None,)]


WINDOW, HALF_LIFE = 30, 7
CHANNELS = ("direct", "email", "paid_search", "social")


def slowly(path: list[tuple[str, float]], model: str) -> dict[str, float]:
    """Return what each channel gets of a conversion, step by step as the definition says it.

    Args:
        path: Channels with how many days before the conversion, the oldest first.
        model: The model's name.
    """
    contacts: list[tuple[str, float]] = []
    for channel, days in path:
        if contacts and contacts[-1][0] == channel:
            contacts.pop()
        contacts.append((channel, days))
    contacts = [(channel, days) for channel, days in contacts if days <= WINDOW]
    weights = weighed(contacts, model) if contacts else [1.0]
    shares: dict[str, float] = {}
    for (channel, _), weight in zip(contacts or [("unmapped", 0.0)], weights, strict=True):
        if weight:
            shares[channel] = shares.get(channel, 0) + weight / sum(weights)
    return shares


def weighed(contacts: list[tuple[str, float]], model: str) -> list[float]:
    """Return how much each contact counts."""
    size = len(contacts)
    if model == "last_non_direct":
        named = [place for place in range(size) if contacts[place][0] != "direct"]
        return [float(place == (named or [size - 1])[-1]) for place in range(size)]
    if model == "time_decay":
        return [0.5 ** (days / HALF_LIFE) for _, days in contacts]
    if model == "linear" or size == 1:
        return [1.0] * size
    first, middle, last = {"first": (1, 0, 0), "last": (0, 0, 1), "u_shaped": (40, 20, 40),
                           "j_shaped": (20, 20, 60), "inverse_j": (60, 20, 20)}[model]  # fmt: skip
    return [first, *[middle / (size - 2) for _ in range(size - 2)], last]


def test_any_path_is_shared_out_as_slow_python_does() -> None:
    random = Random(4)
    paths = {
        f"p{number}": sorted(
            (
                (random.choice(CHANNELS), random.randrange(40 * 24) / 24)
                for _ in range(random.randrange(9))
            ),
            key=lambda visit: -visit[1],
        )
        for number in range(80)
    }
    # two visits at one moment have no order
    paths = {who: path for who, path in paths.items() if len({d for _, d in path}) == len(path)}
    world = small_world(
        {},
        today="2026-05-01",
        given={
            "int_attribution_exposures": rows(
                (
                    visit(f"{who} {place}", who, channel, CONVERTED - timedelta(days))
                    for who, path in paths.items()
                    for place, (channel, days) in enumerate(path)
                ),
                "session_id, customer_id, account_id, started_at, acquisition_channel",
            ),
            "int_conversions_found": rows(
                (
                    f"('{who}', 'sign_up', '{who}', '{who}', null::varchar,"
                    f" timestamptz '{CONVERTED}', null::decimal(18, 2), null::varchar, true)"
                    for who in paths
                ),
                "conversion_id, conversion_kind, subject_id, customer_id, account_id,"
                " converted_at, conversion_amount, currency_code, is_attributed",
            ),
        },
        only=["fct_attribution_credits"],
    )

    for model in ("first", "last", "last_non_direct", "linear", "u_shaped", "j_shaped",
                  "inverse_j", "time_decay"):  # fmt: skip
        found: dict[str, dict[str, float]] = {}
        for who, channel, credit in world.ask(
            "select conversion_id, channel, credit::double from marts.fct_attribution_credits "
            "where attribution_model = ? and credit > 0",
            model,
        ):
            found.setdefault(who, {})[channel] = credit
        expected = {
            who: pytest.approx(slowly(path, model), abs=1e-6) for who, path in paths.items()
        }
        assert found == expected, model
