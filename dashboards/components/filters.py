"""Filters, whose choices are kept as codes in the page's address.

A link therefore opens the same view for a colleague who uses another language, and Back and reload
keep the choices. Streamlit's own binding would write the label of a choice, in the language of the
person who chose it. If the address changes (Back, a link), the page takes its codes as the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

import streamlit as st

from dashboards import i18n
from dashboards.components import names
from dashboards.i18n import formats, name_of, t
from dashboards.queries import journey, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboards.warehouse import Publication

T = TypeVar("T")
# free text and dates are the same in every language: Streamlit may write them itself
URL: Final = "query-params"
_SEEN = "address"
# the language that was clicked in this session, and whether an address overruled it just now
_CHOSEN, _OVERRULED = "chosen_language", "overruled_language"
ALL = "all"
PERIODS = ("3", "6", "12", "24", ALL)


@dataclass(frozen=True)
class Period:
    """A range of months, first and last included."""

    first: date
    last: date

    @property
    def text(self) -> str:
        """Return it as people say it."""
        return f"{formats.month(self.first)} – {formats.month(self.last)}"

    def holds(self, month: date) -> bool:
        """Return whether a month is in it."""
        return self.first <= month <= self.last


def language() -> None:
    """Show the language switch.

    A visit begins in the language that its address names, or else in that of the browser. From the
    first click on the switch on it stays in the chosen one: Back onto an address that says another
    language shows that page in the chosen language.

    Streamlit keeps what is bound here while the visitor goes from page to page. It writes what an
    option is called, so the options are called by their codes. It leaves the default out of the
    address, so the default is what an address without a language means.
    """
    if st.session_state.pop(_OVERRULED, False):
        st.session_state[i18n.KEY] = st.session_state[_CHOSEN]
    browsers = (st.context.locale or "").lower().partition("-")[0]
    shown = st.segmented_control(
        "Language · Sprache",
        list(i18n.LANGUAGES),
        default=browsers if browsers in i18n.LANGUAGES else i18n.DEFAULT,
        key=i18n.KEY,
        required=True,
        on_change=_choose_language,
        bind=URL,
    )
    if shown != st.session_state.get(_CHOSEN, shown):
        # after Back, Streamlit takes what the address says, whatever is assigned in that run
        st.session_state[_OVERRULED] = True
        st.rerun()


def _choose_language() -> None:
    st.session_state[_CHOSEN] = st.session_state[i18n.KEY]


def _from_address(key: str, options: Sequence[T], first: T | list[T]) -> None:
    """Take the choice from the address where that has changed, or where nothing is chosen yet."""
    told = st.query_params.get_all(key)
    if told == _seen().get(key, []) and key in st.session_state:
        return
    by_code = {_code(option): option for option in options}
    chosen = [by_code[code] for code in told if code in by_code]
    if isinstance(first, list):
        st.session_state[key] = chosen or first
    else:
        st.session_state[key] = chosen[0] if chosen else first
    _seen()[key] = told


def _to_address(key: str, codes: list[str]) -> None:
    """Write a choice into the address; none leaves it out."""
    if st.query_params.get_all(key) != codes:
        if codes:
            st.query_params[key] = codes
        else:
            del st.query_params[key]
    _seen()[key] = codes


def _seen() -> dict[str, list[str]]:
    """Return what the address said of each choice when it was looked at last."""
    seen: dict[str, list[str]] = st.session_state.setdefault(_SEEN, {})
    return seen


def _code(option: Any) -> str:
    """Return how a choice is written in the address."""
    if isinstance(option, date):
        return option.isoformat()
    return "~".join(map(str, option)) if isinstance(option, tuple) else str(option)


def one_of(
    key: str,
    label: str,
    options: Sequence[T],
    name: Callable[[T], str],
    *,
    default: T | None = None,
    help: str | None = None,  # noqa: A002 - Streamlit's word for it
) -> T:
    """Show a choice between a few; exactly one is always chosen."""
    first = options[0] if default is None else default
    _from_address(key, options, first)
    chosen = st.segmented_control(
        label,
        options,
        format_func=_names(options, name),
        key=key,
        required=True,
        help=help,
        # on a phone all choices are seen: what scrolls aside looks cut off
        wrap=True,
    )
    chosen = first if chosen is None else chosen
    _to_address(key, [] if chosen == first else [_code(chosen)])
    return chosen


def one_of_many(
    key: str,
    label: str,
    options: Sequence[T],
    name: Callable[[T], str],
    *,
    default: T | None = None,
    help: str | None = None,  # noqa: A002 - as above
) -> T:
    """Show a choice from a longer list."""
    first = options[0] if default is None else default
    _from_address(key, options, first)
    chosen = st.selectbox(label, options, format_func=_names(options, name), key=key, help=help)
    chosen = first if chosen is None else chosen
    _to_address(key, [] if chosen == first else [_code(chosen)])
    return chosen


def some_of(
    key: str,
    label: str,
    options: Sequence[T],
    name: Callable[[T], str],
    *,
    help: str | None = None,  # noqa: A002 - as above
) -> list[T]:
    """Show a choice of any number of a few; none chosen means all."""
    _from_address(key, options, [])
    chosen = st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=_names(options, name),
        key=key,
        help=help,
    )
    _to_address(key, [_code(option) for option in chosen])
    return list(chosen) or list(options)


def search(
    key: str,
    label: str,
    *,
    placeholder: str,
    on_change: Callable[[], None],
    help: str | None = None,  # noqa: A002 - as above
) -> str:
    """Show a field to search by, and return what was typed without the spaces around it."""
    text = st.text_input(
        label,
        key=key,
        type="search",
        icon=":material/search:",
        placeholder=placeholder,
        help=help,
        max_chars=200,
        on_change=on_change,
        bind=URL,
    )
    return (text or "").strip()


def _names(options: Sequence[T], name: Callable[[T], str]) -> Callable[[T], str]:
    # named at once: Streamlit also asks outside of the visitor's session, which has no language
    return {option: name(option) for option in options}.__getitem__


def month(publication: Publication, months: Sequence[date]) -> date:
    """Choose a month; the newest one that is over comes first to mind."""

    def name(value: date) -> str:
        text = formats.month(value)
        if metrics.is_complete(value, publication.as_of):
            return text
        return t("filter.month.running", month=text)

    over = [value for value in months if metrics.is_complete(value, publication.as_of)]
    return one_of_many(
        "month",
        t("filter.month"),
        months,
        name,
        default=over[0] if over else months[0],
        help=t("filter.month.help"),
    )


def period(months: Sequence[date]) -> Period:
    """Choose how many of the newest months count.

    Args:
        months: The months there are, newest first.
    """
    chosen = one_of(
        "period",
        t("filter.period"),
        PERIODS,
        lambda value: name_of("period", value),
        default="12",
        help=t("filter.period.help"),
    )
    length = len(months) if chosen == ALL else min(int(chosen), len(months))
    return Period(first=months[length - 1], last=months[0])


def channel(path: str, codes: Sequence[str]) -> str:
    """Choose a channel among those that occur, or all of them."""
    ordered = [code for code in journey.channels(path) if code in codes]
    ordered += sorted(set(codes) - set(ordered) - {ALL})

    def name(code: str) -> str:
        return t("filter.channel.all") if code == ALL else names.channel(path, code)

    return one_of_many(
        "channel", t("filter.channel"), [ALL, *ordered], name, help=t("filter.channel.help")
    )
