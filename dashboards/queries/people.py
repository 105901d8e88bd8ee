"""Lists of people: search results, people seen recently, or people of one company.

People are found as readers type: words in any order, umlauts written in either way, a part of a name
with a part of a company, and with a slip where nothing fits letter by letter.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from dashboards import warehouse

FOUND_AT_MOST = 20
RECENT_AT_MOST = 8
COLLEAGUES_AT_MOST = 10
# shorter ones are as likely part of another number
DIGITS_OF_A_NUMBER = 5

# more words than that are a sentence
WORDS_AT_MOST = 8
# how many slips a word of so many letters may hold
SLIPS = ((8, 2), (4, 1))

# letters that are written in two ways become one: Müller, Mueller and Muller are the same
_SAME_LETTERS = (("ß", "ss"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
_FOLDED = (
    "replace(replace(replace(strip_accents(replace(lower({}), 'ß', 'ss')), "
    "'ae', 'a'), 'oe', 'o'), 'ue', 'u')"
)
_NAME = _FOLDED.format("coalesce(customers.full_name, '')")
_ACCOUNT = _FOLDED.format("coalesce(accounts.account_name, '')")
_ANY_WORD = f"{_NAME} || ' ' || {_ACCOUNT} || ' ' || lower(coalesce(customers.email, ''))"
_PERSONS = """
    select
        customers.customer_id, customers.full_name, customers.email,
        customers.is_identified, customers.is_internal, customers.journey_phase,
        customers.last_seen_at, accounts.account_name,
        null as found_by, null as found_value
    from marts.dim_customers as customers
    left join marts.dim_accounts as accounts
        on customers.account_id = accounts.account_id
"""


@warehouse.cached
def search(path: str, text: str) -> list[dict[str, Any]]:
    """Return the persons whose name, company or any identifier fits a text, best first.

    Each row says by what it was found: ``found_by`` is ``name``, ``account``, ``words`` (of both),
    ``similar``, ``customer_id``, ``former_id`` or an identifier's type, ``found_value`` the
    identifier. One more than ``FOUND_AT_MOST`` is returned where there are more.
    """
    return _as_typed(path, text) or _similar(path, text)


def _as_typed(path: str, text: str) -> list[dict[str, Any]]:
    """Return whom every word of a text fits letter by letter."""
    wanted = text.strip().lower()
    return warehouse.rows(
        path,
        f"""
        with matching as (
            select
                customer_id,
                identifier_type,
                identifier_value,
                lower(identifier_value) in ($wanted, $compact) as is_exact
            from marts.bridge_customer_identifiers
            where
                contains(lower(identifier_value), $wanted)
                or contains(lower(identifier_value), $compact)
        ),

        identifiers as (
            select
                customer_id,
                bool_or(is_exact) as is_exact,
                arg_min(
                    {{'kind': identifier_type, 'content': identifier_value}},
                    (not is_exact, identifier_type, identifier_value)
                ) as best
            from matching
            group by all
        ),

        former as (
            select distinct customer_id
            from marts.bridge_customer_aliases
            where alias_id = $wanted
        ),

        found as (
            select
                customers.customer_id, customers.full_name, customers.email,
                customers.is_identified, customers.is_internal, customers.journey_phase,
                customers.last_seen_at, customers.touchpoint_count, accounts.account_name,
                identifiers.best as best_identifier,
                coalesce(identifiers.is_exact, false) as is_identifier,
                customers.customer_id = $wanted as is_number,
                former.customer_id is not null as is_former,
                list_sort(string_split({_NAME}, ' ')) = list_sort($words) as is_whole_name,
                len($words) > 0
                and len(list_filter($words, lambda word: not contains({_NAME}, word))) = 0
                    as is_name,
                len(list_filter($words, lambda word: not contains({_ACCOUNT}, word))) = 0
                    as is_account,
                len($words) > 0
                and len(list_filter($words, lambda word: not contains({_ANY_WORD}, word))) = 0
                    as is_words
            from marts.dim_customers as customers
            left join marts.dim_accounts as accounts
                on customers.account_id = accounts.account_id
            left join identifiers
                on customers.customer_id = identifiers.customer_id
            left join former
                on customers.customer_id = former.customer_id
        )

        select
            customer_id, full_name, email, is_identified, is_internal, journey_phase,
            last_seen_at, account_name,
            case
                when is_number then 'customer_id'
                when is_former then 'former_id'
                when is_identifier then best_identifier.kind
                when is_name then 'name'
                when best_identifier is not null then best_identifier.kind
                when is_account then 'account'
                else 'words'
            end as found_by,
            case
                when is_number or is_former or (is_name and not is_identifier) then null
                else best_identifier.content
            end as found_value
        from found
        where is_number or is_former or is_words or best_identifier is not null
        order by
            (is_number or is_former or is_identifier or is_whole_name) desc, is_name desc,
            is_identified desc, touchpoint_count desc, customer_id
        limit $limit
        """,  # noqa: S608 - names of our own; values are bound
        {
            "wanted": wanted,
            "compact": _compact(wanted),
            "words": _words(text),
            "limit": FOUND_AT_MOST + 1,
        },
    )


def _similar(path: str, text: str) -> list[dict[str, Any]]:
    """Return whom every word of a text fits but for a slip or two, the closest first."""
    return warehouse.rows(
        path,
        f"""
        with parts as (
            select
                customers.*, accounts.account_name,
                string_split({_NAME} || ' ' || {_ACCOUNT}, ' ') as parts
            from marts.dim_customers as customers
            left join marts.dim_accounts as accounts
                on customers.account_id = accounts.account_id
            where customers.full_name is not null or accounts.account_name is not null
        ),

        measured as (
            select
                *,
                list_transform(
                    $words,
                    lambda word: list_min(list_transform(
                        parts,
                        lambda part: least(
                            damerau_levenshtein(part, word),
                            damerau_levenshtein(left(part, length(word)), word)
                        )
                    ))
                ) as slips
            from parts
        )

        select
            customer_id, full_name, email, is_identified, is_internal, journey_phase,
            last_seen_at, account_name, 'similar' as found_by, null as found_value
        from measured
        where
            len($words) > 0
            and len(list_filter(
                list_zip(slips, $allowed), lambda pair: pair[1] > pair[2]
            )) = 0
        order by list_sum(slips), is_identified desc, touchpoint_count desc, customer_id
        limit $limit
        """,  # noqa: S608 - as above
        {
            "words": _words(text),
            "allowed": [_slips(word) for word in _words(text)],
            "limit": FOUND_AT_MOST + 1,
        },
    )


def _words(text: str) -> list[str]:
    """Return the words of a text, with letters that are written in two ways made one."""
    folded = _without_accents(text.strip().lower().replace(*_SAME_LETTERS[0]))
    for written, meant in _SAME_LETTERS[1:]:
        folded = folded.replace(written, meant)
    return folded.replace(",", " ").split()[:WORDS_AT_MOST]


def _slips(word: str) -> int:
    return next((slips for letters, slips in SLIPS if len(word) >= letters), 0)


def _compact(wanted: str) -> str:
    """Return a telephone number as the data has it: no spaces, no strokes, no leading zeros."""
    compact = wanted.translate(str.maketrans("", "", " -/().")) or wanted
    if compact.isdigit() and len(compact) >= DIGITS_OF_A_NUMBER:
        return compact.lstrip("0") or compact
    return compact


def _without_accents(text: str) -> str:
    split = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in split if not unicodedata.combining(sign))


@warehouse.cached
def recent(path: str) -> list[dict[str, Any]]:
    """Return the identified persons who were seen last: somewhere to begin."""
    return warehouse.rows(
        path,
        f"""
        {_PERSONS}
        where customers.is_identified and not customers.is_internal
        order by customers.last_seen_at desc nulls last, customers.customer_id
        limit $limit
        """,
        {"limit": RECENT_AT_MOST},
    )


@warehouse.cached
def colleagues(path: str, account_id: str, customer_id: str) -> list[dict[str, Any]]:
    """Return the other persons of an account, the last seen first.

    One more than ``COLLEAGUES_AT_MOST`` is returned where there are more.
    """
    return warehouse.rows(
        path,
        f"""
        {_PERSONS}
        where customers.account_id = $account_id and customers.customer_id != $customer_id
        order by
            customers.is_identified desc, customers.last_seen_at desc nulls last,
            customers.customer_id
        limit $limit
        """,
        {
            "account_id": account_id,
            "customer_id": customer_id,
            "limit": COLLEAGUES_AT_MOST + 1,
        },
    )
