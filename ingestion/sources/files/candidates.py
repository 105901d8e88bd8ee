"""Which columns of a file could be what, judged by their content and their names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.sources.files import facts, moments, vocabulary
from ingestion.sources.files.amounts import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ingestion.sources.files.facts import Fact
    from ingestion.sources.files.moments import Formats

# times that are not when something happened
OTHER_TIMES = re.compile(
    r"\b(birth\w*|geburt\w*|updated|modified|geandert|due|fallig\w*|deliver\w*|liefer\w*|expir\w*"
    r"|shipped|versandt|last|until|bis|ends?)\b|(geburt|liefer|fallig)"
)
# values by which a type of identifier is recognised
LOOKS = {"email": "emails", "domain": "domains", "phone": "phones"}
HIGHEST_SCORE = 10
FEW = 50
CODES = frozenset(code for codes in SIGNS.values() for code in codes)
LETTERS = re.compile(r"[^\d\s.,'’+()-]+")
MARKED = re.compile(r"\d[.,]\d")


@dataclass(frozen=True)
class Guess:
    """A value of a mapping, and why it may be another; without a remark it is sure."""

    value: str
    remark: str = ""


class Candidates:
    """The columns of one file.

    Args:
        connection: Of the database in which they were looked at.
        columns: What stands in them.
        title: The file's name and its sheet.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, columns: Sequence[Fact], title: str
    ) -> None:
        self._connection, self.facts = connection, columns
        self.title, self.name = vocabulary.words(title), vocabulary.slug(title)
        self.by_name = {fact.name: fact for fact in columns}
        self.times = self._times()

    def kind(self, amount: str | None, score: str | None, order: str | None) -> str:
        """Return the likeliest kind of records."""
        is_like = {
            kind: bool(re.search(pattern, self.title)) for kind, pattern in vocabulary.KINDS.items()
        }
        has_question = any(one.words_of("question_kind") for one in self.facts)
        is_named = bool(vocabulary.named("order_id", [order] if order else [], likeliest=4))
        if has_question or (score and not (is_named and amount) and not is_like["orders"]):
            return "surveys"
        return "orders" if amount and order and (is_named or is_like["orders"]) else "touchpoints"

    def amount(self) -> str | None:
        """Return the column of what was paid."""
        names = [
            one.name
            for one in self.facts
            if one.is_numeric
            and one.name not in self.times
            and not vocabulary.NOT_THE_AMOUNT.search(vocabulary.words(one.name))
        ]
        return next(iter(vocabulary.named("amount", names)), None)

    def score(self) -> str | None:
        """Return the column of the answers in numbers."""
        names = [
            one.name
            for one in self.facts
            if one.filled
            and one.rated >= facts.MOSTLY * one.filled
            and (one.highest or 0) <= HIGHEST_SCORE
        ]
        return next(iter(vocabulary.named("score", names)), None)

    def order(self) -> str | None:
        """Return the column of the orders' numbers."""
        # who is in one row only today may be in two tomorrow
        people = {name for _, name in self.identifiers()}
        names = [name for name in self.full() if name not in self.times]
        strong = vocabulary.named("order_id", names, likeliest=3)
        found = [one for one in vocabulary.named("order_id", names) if one not in people]
        found = list(dict.fromkeys([*strong, *found]))
        return next((one for one in found if one in strong or self.by_name[one].is_unique), None)

    def moments(self, role: str) -> list[str]:
        """Return the columns of times, the likeliest for a role first."""
        plain = [one for one in self.times if not OTHER_TIMES.search(vocabulary.words(one))]
        likely = [*vocabulary.named(role, plain), *vocabulary.named("moment", plain)]
        return list(dict.fromkeys([*likely, *plain, *self.times]))

    def with_clock(self, name: str) -> tuple[list[str], Formats]:
        """Return a column of days with the column of times of day that belongs to it."""
        times = self.times[name]
        if any(moments.CLOCK.search(value) for value in self.by_name[name].values):
            return [name], times
        there = [one.name for one in self.facts if one.mostly("clocks")]
        is_month_first = any(one.startswith("%m") for one in times.names)
        for clock in vocabulary.named("clock", there) or there:
            texts = facts.joined(self._connection, self.by_name[name], self.by_name[clock])
            whole = moments.find(self._connection, texts, is_month_first=is_month_first)
            if whole:
                others = whole.others if times.others else ()
                return [name, clock], moments.Formats(whole.names, whole.read, others)
        return [name], times

    def decimal(self, *, is_comma_likely: bool) -> Guess:
        """Return what stands before the decimals of the file's numbers."""
        numeric = [
            one
            for one in self.facts
            if one.is_numeric and not one.is_number and one.name not in self.times
        ]
        beyond = sum(one.with_comma - one.with_point for one in numeric)
        if beyond:
            return Guess("," if beyond > 0 else ".")
        marked = (value for one in numeric for value in one.values if MARKED.search(value))
        if (example := next(marked, None)) is None:
            return Guess(".")
        remark = f"a guess: {example[:20]} can be read with either mark"
        return Guess("," if is_comma_likely else ".", remark)

    def currencies(self) -> list[str]:
        """Return the columns that hold currencies."""
        there = [
            one.name
            for one in self.facts
            if one.mostly("letters")
            and one.distinct <= FEW
            and CODES & {value.upper() for value in one.values}
        ]
        return list(dict.fromkeys([*vocabulary.named("currency_code", there), *there]))

    def currency(self, amount: str) -> Guess:
        """Return the currency of a column of amounts."""
        one = self.by_name[amount]
        beside = (found[0] for value in one.values if (found := LETTERS.search(value)))
        in_name = re.findall(r"[A-Za-z]+|[€£$¥]", amount)
        for sign in [*(sign for sign, _ in Counter(beside).most_common()), *in_name]:
            code = sign.upper()
            codes = SIGNS.get(code, (code,) if code in CODES else ())
            if len(codes) > 1:
                return Guess(codes[0], f"a guess: {sign} is also that of {', '.join(codes[1:5])}")
            if codes:
                return Guess(codes[0])
        return Guess("EUR", "a guess: nothing in the file says it")

    def identifiers(self) -> list[tuple[str, str]]:
        """Return types of identifiers with their columns, the likeliest first."""
        found = [
            (kind, name)
            for kind in vocabulary.IDENTIFIERS
            for name in self._identifying(kind)
            if name not in self.times
        ]
        # whoever was at work comes last
        at_work = vocabulary.NOT_THE_PERSON
        return sorted(found, key=lambda one: bool(at_work.search(vocabulary.words(one[1]))))

    def full(self) -> list[str]:
        """Return the columns in which something stands in every row."""
        return [one.name for one in self.facts if one.filled == one.rows > 0]

    def texts(self) -> list[str]:
        """Return the columns of words."""
        return [
            one.name
            for one in self.facts
            if one.filled and not one.is_numeric and one.name not in self.times
        ]

    def _identifying(self, kind: str) -> list[str]:
        look = LOOKS.get(kind)
        there = [
            one.name
            for one in self.facts
            if one.filled and (look is None or one.mostly(look, facts.MOSTLY))
        ]
        named = vocabulary.named_like_identifier(kind, there)
        # an address is one whatever its column is called
        return list(dict.fromkeys([*named, *(there if kind == "email" else [])]))

    def _times(self) -> dict[str, Formats]:
        found = {one.name: times for one in self.facts if (times := self._read(one)) is not None}
        sure = [times.names[0] for times in found.values() if times.names and not times.others]
        # another column may tell which of two numbers is the month
        is_month_first = any(name.startswith("%m") for name in sure)
        if not is_month_first and not any(name.startswith("%d/") for name in sure):
            return found
        return {
            name: moments.Formats(again.names, again.read)
            for name in found
            if (again := self._read(self.by_name[name], is_month_first=is_month_first))
        }

    def _read(self, one: Fact, *, is_month_first: bool = False) -> Formats | None:
        if one.is_moment:
            return moments.Formats((), one.filled)
        if one.mostly("emails", facts.MOSTLY) or one.mostly("clocks"):
            return None
        return moments.find(self._connection, one.values, is_month_first=is_month_first)
