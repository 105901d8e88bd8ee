"""The SQL that reads numbers as people's programs write them: with separators, minus and currency.

An ambiguous text is not a number, and an amount in another currency than the row's is rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.sources.files.formats import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

# signs and short names of currencies, and which may be meant
SIGNS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("€", "EURO", "EUROS"), ("EUR",)),
    "$": (*("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"),),
    **dict.fromkeys(("US$", "U$S"), ("USD",)),
    **dict.fromkeys(("CA$", "C$", "CAN$"), ("CAD",)),
    **dict.fromkeys(("AU$", "A$"), ("AUD",)),
    "NZ$": ("NZD",),
    "S$": ("SGD",),
    "HK$": ("HKD",),
    "NT$": ("TWD",),
    **dict.fromkeys(("MX$", "MEX$"), ("MXN",)),
    "R$": ("BRL",),
    "£": ("GBP", "EGP"),
    "¥": ("JPY", "CNY"),
    **dict.fromkeys(("CN¥", "RMB", "元"), ("CNY",)),
    **dict.fromkeys(("JP¥", "円"), ("JPY",)),
    **dict.fromkeys(("FR.", "FR", "SFR.", "SFR"), ("CHF",)),
    **dict.fromkeys(("KR", "KR."), ("SEK", "NOK", "DKK", "ISK")),
    **dict.fromkeys(("ZŁ", "ZL"), ("PLN",)),
    **dict.fromkeys(("KČ", "KC"), ("CZK",)),
    "FT": ("HUF",),
    **dict.fromkeys(("LEI", "LEU"), ("RON",)),
    **dict.fromkeys(("ЛВ", "ЛВ."), ("BGN",)),
    **dict.fromkeys(("₽", "РУБ", "РУБ."), ("RUB",)),
    "₴": ("UAH",),
    **dict.fromkeys(("₺", "TL"), ("TRY",)),
    **dict.fromkeys(("₹", "RS", "RS."), ("INR",)),
    "₩": ("KRW",),
    "₪": ("ILS",),
    "฿": ("THB",),
    "₫": ("VND",),
    "₱": ("PHP",),
    "₦": ("NGN",),
    "₡": ("CRC",),
    "₸": ("KZT",),
    "₾": ("GEL",),
}
# every minus, blank and apostrophe that a program may write, as one of each
DASHES, SPACES, QUOTES = "−‐‑‒–—﹣－", "\u00a0\u202f\u2007\u2009\t", "’‘´`＇"
# a rating with its words: "10 - Extremely likely", "Sehr gut (5)"
WITH_WORDS = (
    (r"^([+-]?\d+(?:[.,]\d+)?)(?:\s*[-:=.(|]\s*|\s+)[^\d\s+.,%/-][^\d]*$", r"\1"),
    (r"^[^\d]*[^\d\s+.,%/-]\s*[-:=(|]\s*(\d+(?:[.,]\d+)?)\s*\)?$", r"\1"),
)
PARTS = ("before", "opening", "minus", "within", "digits", "dash", "after", "closing", "behind")


def parts(text: str, decimal: str, *, is_money: bool, with_words: bool = False) -> str:
    """Return the SQL that takes a number apart; its digits are empty where it is none.

    Args:
        text: SQL of the text.
        decimal: What stands before the decimals.
        is_money: Whether the sign of a currency may stand with it.
        with_words: Whether it is a rating that may stand with its words.
    """
    plain = _plain(text)
    if with_words:
        for form, kept in WITH_WORDS:
            plain = f"regexp_replace({plain}, {literal(form)}, {literal(kept)})"
    names = ", ".join(map(literal, PARTS))
    return f"regexp_extract({plain}, {literal(_form(decimal, is_money=is_money))}, [{names}])"


def value(found: str, text: str, decimal: str, is_native: str) -> str:
    """Return the SQL of a number that was taken apart; one of the file itself is its text."""
    point, comma = marks(decimal)
    bare = f"regexp_replace({found}.digits, {literal(f'[{comma} ' + chr(39) + ']')}, '', 'g')"
    whole = f"regexp_replace({bare}, {literal(point + '-*$')}, '')"
    digits = f"try_cast(replace({whole}, ',', '.') as decimal(18, 4))"
    signs = "".join(
        f"|| replace({found}.{name}, '+', '')" for name in ("dash", "behind", "opening")
    )
    minus = f"(replace({found}.minus, '+', '') {signs})"
    is_closed = f"({found}.opening <> '') = ({found}.closing <> '')"
    return (
        f"case when {is_native} then try_cast({text} as decimal(18, 4)) "
        f"when {found}.digits <> '' and {is_closed} then "
        f"case length({minus}) when 0 then {digits} when 1 then -{digits} end end"
    )


def sign(found: str) -> str:
    """Return the SQL of the currency that stands with an amount, null where none does."""
    return f"nullif(upper({found}.before || {found}.within || {found}.after), '')"


def is_other(sign: str, currency: str) -> str:
    """Return the SQL that tells whether a sign is that of another currency."""
    known = " ".join(
        f"when {sign} = {literal(name)} then {currency} not in ({', '.join(map(literal, codes))})"
        for name, codes in SIGNS.items()
    )
    return (
        f"({sign} is not null and case when {sign} = {currency} then false {known} else true end)"
    )


def _plain(text: str) -> str:
    """Return the SQL of a text with one kind of minus, blank and apostrophe."""
    given = DASHES + SPACES + QUOTES
    made = "-" * len(DASHES) + " " * len(SPACES) + "'" * len(QUOTES)
    return f"translate({text}, {literal(given)}, {literal(made)})"


def marks(decimal: str) -> tuple[str, str]:
    """Return what stands before the decimals of a number, and the dot or comma between thousands."""
    return (r"\.", ",") if decimal == "." else (",", r"\.")


def _form(decimal: str, *, is_money: bool) -> str:
    """Return the regular expression of a number: marks between thousands stand where they belong."""
    point, comma = marks(decimal)
    groups = "|".join(rf"\d{{1,3}}(?:{mark}\d{{3}})+" for mark in (comma, "'", " "))
    # lakhs and crores
    indian = rf"\d{{1,2}}(?:{comma}\d{{2}})+{comma}\d{{3}}"
    decimals = rf"{point}(?:-{{1,2}}|\d*)"
    digits = rf"(?:(?:{groups}|{indian}|\d+)(?:{decimals})?|{point}\d+)(?:[eE][+-]?\d+)?"
    money = ""
    if is_money:
        longest_first = sorted(SIGNS, key=len, reverse=True)
        escaped = [name.replace("$", r"\$").replace(".", r"\.") for name in longest_first]
        money = rf"(?i:{'|'.join(escaped)}|[a-z]{{3}})"
    return rf"^({money}|) ?(\(|) ?([+-]|) ?({money}|) ?({digits}) ?(-|) ?({money}|) ?(\)|) ?(-|)$"
