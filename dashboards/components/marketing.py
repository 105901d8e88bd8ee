"""What the page Marketing shows of channels, campaign mails and the value of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import download, figures, month_charts, slices, tables
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, t
from explore.metrics import FEWEST_CASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboards.queries.metrics import Metric
    from explore.metrics import Figure

ALL = "all"


def channels(
    path: str,
    rows: Sequence[dict[str, Any]],
    visits: Mapping[str, float],
    places: Mapping[str, dict[str, Any]],
    currency: str | None,
    *,
    text: str,
) -> None:
    """Show what each channel brought and cost, the whole below, and offer it as a file.

    Args:
        path: The published file.
        rows: One for each channel, as ``queries.marketing.by_channel`` gives them.
        visits: By channel.
        places: Between which places each lies, by channel.
        currency: Of amounts of money.
        text: What the table shows, for those who cannot see it.
    """
    known = [_of_channel(row, visits, places) for row in rows]
    whole = _whole(known, visits)
    tables.plain(
        [_shown(path, row, currency) for row in [*known, whole]],
        text=text,
        empty=t("marketing.none"),
    )
    download.csv("marketing.csv", [*known, whole])


def _of_channel(
    row: dict[str, Any], visits: Mapping[str, float], places: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    place = places.get(row["channel"], {})
    has_enough = row["conversions"] >= FEWEST_CASES
    return {
        "channel": row["channel"],
        "visits": visits.get(row["channel"]),
        "conversions": row["credited"],
        "n": row["conversions"],
        "revenue": row["revenue"],
        "spend": row["spend"],
        **_ratios(row["credited"], row["revenue"], row["spend"], has_enough=has_enough),
        "place_best": place.get("rank_best"),
        "place_worst": place.get("rank_worst"),
        "share_low": place.get("credit_share_low"),
        "share_high": place.get("credit_share_high"),
    }


def _whole(known: Sequence[dict[str, Any]], visits: Mapping[str, float]) -> dict[str, Any]:
    """Return the row of all channels; its ratios are of those that cost something alone."""
    paid = [row for row in known if row["spend"]]
    credited, revenue, spend = (_sum(paid, name) for name in ("conversions", "revenue", "spend"))
    conversions = _sum(known, "conversions")
    has_enough = (credited or 0) >= FEWEST_CASES
    return dict.fromkeys(known[0]) | {
        "channel": ALL,
        "visits": visits.get(ALL),
        "conversions": conversions,
        "n": round(conversions or 0),
        "revenue": _sum(known, "revenue"),
        "spend": spend,
        **_ratios(credited, revenue, spend, has_enough=has_enough),
    }


def _ratios(
    credited: float | None, revenue: float | None, spend: float | None, *, has_enough: bool
) -> dict[str, float | None]:
    return {
        "cost": spend / credited if spend and credited and has_enough else None,
        "return": (revenue or 0) / spend if spend and has_enough and revenue is not None else None,
    }


def _sum(rows: Sequence[dict[str, Any]], name: str) -> float | None:
    values = [row[name] for row in rows if row[name] is not None]
    return sum(values) if values else None


def _shown(path: str, row: dict[str, Any], currency: str | None) -> dict[str, str]:
    is_paid, is_whole = bool(row["spend"]), row["channel"] == ALL
    # where a channel costs nothing there is nothing to divide
    few = t("metrics.too_few") if is_paid else formats.NONE
    cost, back = row["cost"], row["return"]
    place = formats.NONE
    if row["place_best"] is not None:
        ends = sorted({row["place_best"], row["place_worst"]})
        shares = [formats.percent(row[f"share_{end}"], 0) for end in ("low", "high")]
        place = t(
            "marketing.place",
            place="–".join(map(formats.number, ends)),
            low=shares[0],
            high=shares[1],
        )
    return {
        t("marketing.channel"): (
            t("marketing.all") if is_whole else slices.called(path, "channel", row["channel"])
        ),
        t("marketing.visits"): formats.number(row["visits"]),
        t("marketing.conversions"): formats.number(row["conversions"], 1),
        t("marketing.cases"): formats.number(row["n"]),
        t("marketing.revenue"): formats.money(row["revenue"], currency),
        t("marketing.spend"): formats.money(row["spend"], currency),
        t("marketing.cost"): few if cost is None else formats.money(cost, currency),
        t("marketing.return"): few if back is None else formats.number(back, 2),
        t("marketing.sure"): "" if is_whole else place,
    }


def how_sure(path: str, places: Mapping[str, dict[str, Any]]) -> str:
    """Return in words which channels have their place whatever the model, and which have not."""
    firm = [code for code, row in places.items() if row["rank_worst"] - row["rank_best"] <= 1]
    loose = [code for code in places if code not in firm]
    settings = max(row["setting_count"] for row in places.values())
    return " ".join(
        t(
            f"marketing.sure.{kind}",
            channels=", ".join(literal(slices.called(path, "channel", code)) for code in codes),
            settings=formats.number(settings),
        )
        for kind, codes in (("firm", firm), ("loose", loose))
        if codes
    )


def over_time(path: str, rows: Sequence[dict[str, Any]], *, text: str) -> None:
    """Draw what was credited to each channel, month by month."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["channel"]] = totals.get(row["channel"], 0) + row["credited"]
    order = sorted(totals, key=lambda code: (-totals[code], code))
    month_charts.stacked_months(
        [
            {
                "month": formats.month(row["period_start"]),
                "series": slices.called(path, "channel", row["channel"]),
                "value": row["credited"],
                "shown": formats.number(row["credited"], 1),
                "position": order.index(row["channel"]),
            }
            for row in rows
        ],
        months=list(dict.fromkeys(formats.month(row["period_start"]) for row in rows)),
        series=[slices.called(path, "channel", code) for code in order],
        colors=None,
        text=text,
        value_title=t("marketing.conversions"),
    )


def mails(
    told: Sequence[tuple[Metric, Figure]], currency: str | None, as_of: date, *, text: str
) -> None:
    """Show what became of campaign mails, each figure with its cases and interval."""
    rows = []
    for metric, figure in told:
        low_high = [figures.write(metric, end, currency) for end in figure.interval or ()]
        value = (
            t("metrics.too_few")
            if figure.has_too_few
            else figures.write(metric, figure.value, currency)
        )
        rows.append(
            {
                t("metrics.metric"): figures.label(metric),
                t("metrics.value"): value,
                t("metrics.interval"): "" if figure.has_too_few else " – ".join(low_high),
                t("metrics.cases"): formats.number(figure.sample_size),
                t("metrics.state"): "" if figure.is_ripe(as_of) else t("metrics.open"),
            }
        )
    tables.plain(rows, text=text, empty=t("marketing.mails.empty"))


def value(
    path: str,
    kind: str,
    rows: Sequence[dict[str, Any]],
    checks: Sequence[dict[str, Any]],
    currency: str | None,
) -> None:
    """Show what customers or accounts of each channel are expected to bring, or why nothing is said.

    Args:
        path: The published file.
        kind: ``customer`` or ``account``.
        rows: One for each channel, and one of all.
        checks: What was expected of months that are over, and what came.
        currency: Of amounts of money.
    """
    whole = next(row for row in rows if row["channel"] == ALL)
    months = formats.number(whole["horizon_months"])
    st.markdown(f"**{t(f'marketing.value.{kind}', months=months)}**",
                help=t(f"marketing.value.{kind}.help", months=months))  # fmt: skip
    if not whole["valued_count"]:
        missing = formats.number(whole["missing_count"])
        st.info(t(f"marketing.reason.{whole['reason']}", missing=missing),
                icon=":material/hourglass_empty:")  # fmt: skip
        return
    tables.plain(
        [_valued(path, row, currency) for row in rows],
        text=t(f"marketing.value.{kind}.alt"),
        empty=t("marketing.none"),
    )
    if checks:
        st.caption(
            counted(
                f"marketing.check.{kind}",
                checks[0]["held_out_months"],
                months=formats.number(checks[0]["held_out_months"]),
                expected=formats.number(sum(row["expected_count"] for row in checks)),
                actual=formats.number(sum(row["actual_count"] for row in checks)),
            )
        )
    download.csv(
        f"lifetime_value_{kind}.csv",
        [
            row if row["valued_count"] >= FEWEST_CASES else row | dict.fromkeys(AMOUNTS)
            for row in rows
        ],
    )


AMOUNTS = ("expected_amount", "expected_amount_low", "expected_amount_high")


def _valued(path: str, row: dict[str, Any], currency: str | None) -> dict[str, str]:
    count, has_enough = row["valued_count"], row["valued_count"] >= FEWEST_CASES
    one, low, high = (
        formats.money(row[name] / count, currency) if has_enough else "" for name in AMOUNTS
    )
    is_whole = row["channel"] == ALL
    return {
        t("marketing.channel"): (
            t("marketing.all") if is_whole else slices.called(path, "channel", row["channel"])
        ),
        t("marketing.count"): formats.number(count),
        t("marketing.one"): one or t("metrics.too_few"),
        t("metrics.interval"): f"{low} – {high}" if has_enough else "",
        t("marketing.together"): (
            formats.money(row["expected_amount"], currency) if has_enough else ""
        ),
    }
