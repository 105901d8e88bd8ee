"""Where the values of a person or an account come from, and which sources disagree."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components import derived, states, tables
from dashboards.components.markup import NAME_LENGTH, VALUE_LENGTH, literal, visible
from dashboards.i18n import formats, name_of, t
from dashboards.queries.origin import REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from dashboards.queries.origin import Origin
    from dashboards.warehouse import Publication

STATEMENTS_AT_MOST = 25
NUMBER = "crm_company_id"
# as people ask for them; what is not here comes after
ORDER = (
    "full_name",
    "account_name",
    "email",
    "phone",
    "domain",
    "company_name",
    "job_title",
    "industry",
    "employee_count",
    "city",
    "country_code",
    "language",
    "lifecycle_stage",
    "owner_name",
    "crm_company_id",
    *derived.ORDER,
)


def show(
    origins: Sequence[Origin],
    publication: Publication,
    *,
    currencies: derived.Currencies,
    empty: str,
) -> None:
    """Show each attribute with its value; opened, it tells every statement about it.

    Args:
        origins: What is stated and what follows from it.
        publication: What is read.
        currencies: Those of the account's amounts.
        empty: What to say where nothing is stated.
    """
    if not origins:
        states.empty(empty)
    stated = [origin for origin in origins if not origin.is_derived]
    _attributes(stated, publication, currencies)
    if len(stated) < len(origins):
        st.markdown(f"**{t('origin.derived')}**", help=t("origin.derived.help"))
    _attributes([origin for origin in origins if origin.is_derived], publication, currencies)


def _attributes(
    origins: Sequence[Origin], publication: Publication, currencies: derived.Currencies
) -> None:
    for origin in sorted(origins, key=_place):
        with st.expander(_title(origin, publication, currencies)):
            for row in origin.statements[:STATEMENTS_AT_MOST]:
                _statement(row, publication, currencies)
            if len(origin.statements) > STATEMENTS_AT_MOST:
                st.caption(t("origin.more", count=formats.number(len(origin.statements))))


def _place(origin: Origin) -> tuple[int, str]:
    known = ORDER.index(origin.attribute) if origin.attribute in ORDER else len(ORDER)
    return known, origin.attribute


def _title(origin: Origin, publication: Publication, currencies: derived.Currencies) -> str:
    chosen = origin.chosen
    value = chosen["attribute_value"]
    if origin.is_derived:
        value = derived.value(origin.attribute, value, publication, currencies)
    parts = [
        f"{literal(name_of('attribute', origin.attribute))}: **{literal(value, NAME_LENGTH)}**",
        f":gray-badge[{literal(name_of('source', chosen['source']))}]",
    ]
    if others := origin.contradicting:
        names = ", ".join(name_of("source", source) for source in others)
        parts.append(f":orange-badge[{literal(t('origin.others', sources=names))}]")
    return " ".join(parts)


def _statement(
    row: dict[str, Any], publication: Publication, currencies: derived.Currencies
) -> None:
    source, value = name_of("source", row["source"]), row["attribute_value"]
    if row["is_derived"]:
        value = derived.stated(row, publication, currencies)
    with st.container(gap=None):
        st.markdown(f"**{literal(value)}** · {literal(source)} {_verdict(row)}")
        if len(value) > VALUE_LENGTH:
            st.text(visible(value))
        st.caption(
            literal(" · ".join(part for part in _record(row, publication.time_zone) if part))
        )


def _verdict(row: dict[str, Any]) -> str:
    if row["is_derived"]:
        return derived.verdict(row)
    if row["is_chosen"]:
        return tables.badge(t("origin.counts"), is_well=True)
    if row["is_doubtful"]:
        return f":gray-badge[{t('origin.doubtful')}]"
    if row["is_other"]:
        return tables.badge(t("origin.other"), is_well=False)
    return f":gray-badge[{t('origin.own') if row['attribute'] == NUMBER else t('origin.same')}]"


def _record(row: dict[str, Any], time_zone: str) -> tuple[str | None, ...]:
    """Return what leads to the raw record: its kind and id there, its times, and the load."""
    kind = name_of("record", row["record"])
    loaded = _loaded_at(row["load_id"])
    return (
        kind if row["source"] == REMEMBERED else f"{kind} {row['record_id']}",
        _dated(row, time_zone) if row["stated_at"] else None,
        _counted(row),
        t("origin.loaded", moment=formats.moment(loaded, time_zone), load=row["load_id"])
        if loaded
        else None,
    )


def _dated(row: dict[str, Any], time_zone: str) -> str:
    moment = formats.moment(row["stated_at"], time_zone)
    if row["is_derived"]:
        return t("origin.happened", moment=moment)
    return t("origin.stated", moment=moment)


def _counted(row: dict[str, Any]) -> str | None:
    if row["is_derived"]:
        return derived.summed(row)
    count = row["value_count"]
    return t("origin.times", count=formats.number(count)) if count > 1 else None


def _loaded_at(load_id: str | None) -> datetime | None:
    # dlt numbers its loads by the second in which they began
    with suppress(TypeError, ValueError):
        return datetime.fromtimestamp(float(load_id or ""), UTC)
    return None
