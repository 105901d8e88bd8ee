"""Values that are derived from records: how they are written, and which records are behind them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from dashboards.components import names, tables
from dashboards.i18n import counted, formats, name_of, t

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.warehouse import Publication

# each source has a share of them
COUNTS = ("touchpoint_count", "conversation_count", "order_count")
# as people ask for them
ORDER = (
    "journey_phase",
    "persona",
    "acquisition_channel",
    "first_campaign",
    "signed_up_at",
    "onboarding_booked_at",
    "product_first_used_at",
    "product_last_used_at",
    "last_nps_score",
    "last_csat_score",
    "last_ces_score",
    "has_email_marketing_consent",
    "has_analytics_consent",
    "has_publication_consent",
    *COUNTS,
    "plan_name",
    "mrr_amount",
    "customer_since",
    "renews_at",
    "paid_amount",
)


class Currencies(NamedTuple):
    """In which currencies an account's amounts are told."""

    mrr: str | None
    paid: str | None


def value(attribute: str, text: str, publication: Publication, currencies: Currencies) -> str:
    """Return a value as people write it.

    Args:
        attribute: What it is a value of.
        text: The value as the warehouse has it.
        publication: What is read.
        currencies: Those of the account's amounts.
    """
    path = publication.path
    written: dict[str, Callable[[], str]] = {
        "journey_phase": lambda: names.phase(path, text),
        "acquisition_channel": lambda: names.channel(path, text),
        "persona": lambda: name_of("persona", text),
    }
    if attribute in written:
        return written[attribute]()
    if attribute.startswith("has_"):
        return name_of("day.word", "yes" if text == "true" else "no")
    # what is not written as expected is shown as it is
    with suppress(ValueError):
        if attribute.endswith(("_at", "_since")):
            return formats.moment(datetime.fromisoformat(text), publication.time_zone)
        if attribute.endswith("_amount"):
            currency = currencies.paid if "paid" in attribute else currencies.mrr
            return formats.money(float(text), currency, 2)
        if attribute.endswith(("_count", "_score")):
            return formats.number(float(text))
    return text


def stated(row: dict[str, Any], publication: Publication, currencies: Currencies) -> str:
    """Return what a record says: of a count the share of its source."""
    if row["attribute"] in COUNTS:
        return formats.number(row["value_count"])
    return value(row["attribute"], row["attribute_value"], publication, currencies)


def verdict(row: dict[str, Any]) -> str:
    """Return what a record is to the value."""
    if row["attribute"] in COUNTS:
        return f":gray-badge[{t('origin.adds')}]"
    if row["is_chosen"]:
        return tables.badge(t("origin.counts"), is_well=True)
    return f":gray-badge[{t('origin.earlier')}]"


def summed(row: dict[str, Any]) -> str | None:
    """Return how many records a value sums up, where it is several."""
    if row["attribute"] in COUNTS or row["value_count"] == 1:
        return None
    return counted("origin.sums", row["value_count"], count=formats.number(row["value_count"]))
