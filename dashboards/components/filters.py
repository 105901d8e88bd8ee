"""Filters: every choice is kept in the address, so that a view can be sent to somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from dashboards import i18n
from dashboards.components import names
from dashboards.i18n import formats, name_of, t
from dashboards.queries import journey, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from dashboards.warehouse import Publication

T = TypeVar("T")
URL: Final = "query-params"
_CHOICES = "choices_on_page"
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


def language() -> None:
    """Show the language switch; the browser's language is the first choice of a new visitor."""
    if i18n.KEY not in st.session_state and i18n.KEY not in st.query_params:
        german = (st.context.locale or "").lower().startswith("de")
        st.session_state[i18n.KEY] = "de" if german else i18n.DEFAULT
    st.segmented_control(
        "Language · Sprache",
        list(i18n.LANGUAGES),
        format_func=i18n.LANGUAGES.__getitem__,
        key=i18n.KEY,
        required=True,
        on_change=_keep_choices,
        bind=URL,
    )


def _keep_choices() -> None:
    # the browser knows a choice by its name, which has just changed; assigning sends the new one
    for key in st.session_state.get(_CHOICES, ()):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


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
    _remember(key)
    first = options[0] if default is None else default
    chosen = st.segmented_control(
        label,
        options,
        format_func=_names(options, name),
        # a value that is already there needs no first one, and Streamlit warns of having both
        default=None if key in st.session_state else first,
        key=key,
        required=True,
        help=help,
        bind=URL,
    )
    return first if chosen is None else chosen


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
    _remember(key)
    # a value that is already there needs no first one, and Streamlit warns of having both
    given = None if key in st.session_state else default
    chosen = st.selectbox(
        label,
        options,
        index=0 if given is None else options.index(given),
        format_func=_names(options, name),
        key=key,
        help=help,
        bind=URL,
    )
    return options[0] if chosen is None else chosen


def some_of(
    key: str,
    label: str,
    options: Sequence[T],
    name: Callable[[T], str],
    *,
    help: str | None = None,  # noqa: A002 - as above
) -> list[T]:
    """Show a choice of any number of a few; none chosen means all."""
    _remember(key)
    chosen = st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=_names(options, name),
        key=key,
        help=help,
        bind=URL,
    )
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


def _remember(key: str) -> None:
    st.session_state[_CHOICES] = {*st.session_state.get(_CHOICES, ()), key}


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
