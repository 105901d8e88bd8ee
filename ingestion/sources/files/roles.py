"""Which column of a file gets which role: the person, the time, the amount, the score.

If two columns would do, or nothing decides, the remark on the role says so.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.sources.files import vocabulary
from ingestion.sources.files.candidates import FEW
from ingestion.sources.files.contract import COLUMNS, words as known_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingestion.sources.files.candidates import Candidates

TIME = {"orders": "ordered_at", "surveys": "answered_at", "touchpoints": "occurred_at"}
QUESTIONS = {
    "nps": r"nps|recommend|weiterempfehl|promoter",
    "ces": r"\bces\b|effort|aufwand",
    "star": r"star|stern|rating|review",
    "csat": r"csat|satisf|zufrieden|bewertung|note",
}
UTC = re.compile(r"\b(utc|gmt)\b")
# the highest score of a question
HIGHEST = {"nps": 10, "ces": 7, "star": 5, "csat": 5}
CHANNELS = {
    "phone": r"\b(call|calls|anruf\w*|phone|telefon\w*)\b",
    "chat": r"\bchats?\b",
    "email": r"\b(newsletter|mailing|e ?mails?)\b",
    "in_person": r"\b(fair|messe\w*|visits?|besuch\w*|store|filiale|counter|event|workshop|meeting)\b",
    "app": r"\bapp\b",
    "survey": r"\b(survey|umfrage)\b",
}


@dataclass
class Roles:
    """What was found: contract columns with the file's columns or a value, and remarks on them.

    ``missing`` are contract columns without which nothing can be loaded.
    """

    kind: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    identifier: str = "email"
    date_formats: tuple[str, ...] = ()
    time_zone: str | None = None
    decimal: str = "."
    currency: str | None = None
    key: str | None = None
    missing: list[str] = field(default_factory=list)

    def wanted(self) -> list[str]:
        """Return the columns of the file that have a role."""
        named = [name for names in self.columns.values() for name in names]
        return list(dict.fromkeys([*named, *filter(None, [self.key])]))

    def ordered(self) -> list[str]:
        """Return the contract columns that are given, as the contract lists them."""
        return [name for name in COLUMNS[self.kind] if name in {*self.columns, *self.values}]


def choose(there: Candidates, kind: str | None = None, *, is_comma_likely: bool = False) -> Roles:
    """Return the roles of a file's columns.

    Args:
        there: The columns.
        kind: Of the records; without it the likeliest.
        is_comma_likely: Whether decimal commas are likelier, where the numbers do not tell.
    """
    return _Chooser(there, kind).roles_of(is_comma_likely=is_comma_likely)


class _Chooser:
    def __init__(self, there: Candidates, kind: str | None) -> None:
        self._there = there
        self._amount, self._order = there.amount(), there.order()
        self._score = there.score()
        self._taken: set[str] = set()
        self._roles = Roles(kind or there.kind(self._amount, self._score, self._order))
        if kind is None:
            self._roles.remarks["kind"] = f"a guess; known are {', '.join(COLUMNS)}"

    def roles_of(self, *, is_comma_likely: bool) -> Roles:
        roles = self._roles
        self._take_time(TIME[roles.kind])
        guess = self._there.decimal(is_comma_likely=is_comma_likely)
        roles.decimal = guess.value
        self._remark("decimal", guess.remark)
        {"orders": self._orders, "surveys": self._surveys, "touchpoints": self._touchpoints}[
            roles.kind
        ]()
        self._take_identifier()
        self._choose_key()
        return roles

    def _orders(self) -> None:
        self._take("order_id", self._order, is_needed=True)
        self._take_amount("order_amount", is_needed=True)
        numeric = [one.name for one in self._there.facts if one.is_numeric]
        self._take_named("quantity", numeric)

    def _surveys(self) -> None:
        self._value("survey_id", self._there.name, "a guess: any name of the survey")
        self._take("score", self._score)
        self._take_named("comment", self._there.texts())
        questions = self._with_words("question_kind", [one.name for one in self._there.facts])
        if questions:
            self._take("question_kind", questions[0])
        else:
            self._choose_question()
        for role in ("response_id", "survey_name"):
            self._take_named(role, self._there.full())
        self._take_named("publication_consent", self._there.texts())
        languages = [one.name for one in self._there.facts if one.mostly("languages")]
        self._take_named("language", languages)

    def _touchpoints(self) -> None:
        there = self._there
        channels = self._with_words("channel", there.full())
        if channels:
            self._take("channel", channels[0])
        else:
            likely = (one for one, look in CHANNELS.items() if re.search(look, there.title))
            known = ", ".join(known_words()["channel"])
            self._value("channel", next(likely, "website"), f"a guess; known are {known}")
        full = there.full()
        few = [one for one in there.texts() if one in full and there.by_name[one].distinct <= FEW]
        if not self._take_named("touchpoint", few):
            remark = "a guess: any name of what happened"
            self._value("touchpoint", there.name, remark)
        for role in ("campaign", "content", "session_hint"):
            self._take_named(role, there.texts())
        directions = self._with_words("direction", there.texts())
        self._take("direction", next(iter(directions), None))
        self._take_amount("value_amount")

    def _take_time(self, role: str) -> None:
        found = self._there.moments(role)
        if not found:
            self._roles.missing.append(role)
            return
        columns, times = self._there.with_clock(found[0])
        self._taken.update(columns)
        self._roles.columns[role] = columns
        self._roles.date_formats = times.names
        if UTC.search(" ".join(map(vocabulary.words, columns))):
            self._roles.time_zone = "UTC"
        if found[1:]:
            self._remark(role, f"or: {', '.join(found[1:6])}")
        if times.others:
            other = ", ".join(map(json.dumps, times.others))
            self._remark("date_formats", f"a guess: no day is above 12, it may as well be {other}")

    def _take_amount(self, role: str, *, is_needed: bool = False) -> None:
        if not self._take(role, self._amount, is_needed=is_needed):
            return
        if currencies := [name for name in self._there.currencies() if name not in self._taken]:
            self._take("currency_code", currencies[0])
            return
        guess = self._there.currency(self._roles.columns[role][0])
        self._roles.currency = guess.value
        self._remark("currency", guess.remark)

    def _choose_question(self) -> None:
        if self._score is None:
            self._value("question_kind", "text", "a guess: no column of scores was found")
            return
        said = f"{vocabulary.words(self._score)} {self._there.title}"
        highest = self._there.by_name[self._score].highest or 0
        # a name that the numbers contradict tells nothing
        named = (
            kind
            for kind, look in QUESTIONS.items()
            if re.search(look, said) and highest <= HIGHEST[kind]
        )
        if kind := next(named, None):
            self._value("question_kind", kind)
            return
        usual = next((kind for kind in ("csat", "ces") if highest <= HIGHEST[kind]), "nps")
        self._value("question_kind", usual, f"a guess: the highest score is {highest:g}")

    def _take_identifier(self) -> None:
        found = [one for one in self._there.identifiers() if one[1] not in self._taken]
        if not found:
            self._roles.missing.append("identifier_value")
            return
        (kind, name), *others = found
        self._roles.identifier = kind
        self._take("identifier_value", name)
        told = [f"{other} ({of})" for of, other in others if other != name]
        if told:
            self._remark("identifier_value", f"or: {', '.join(told[:4])}")

    def _choose_key(self) -> None:
        there, roles = self._there, self._roles
        unique = [one.name for one in there.facts if one.is_unique]
        if roles.kind == "surveys":
            numbers = roles.columns.get("response_id", [])
        else:
            numbers = [self._order] if self._order else []
        roles.key = next((name for name in numbers if name in unique), None)

    def _with_words(self, role: str, names: Iterable[str]) -> list[str]:
        """Return columns of which every value is a word that the role knows."""
        free = [name for name in names if name not in self._taken]
        return [name for name in free if self._there.by_name[name].words_of(role)]

    def _take_named(self, role: str, names: Iterable[str]) -> bool:
        free = [name for name in names if name not in self._taken]
        return self._take(role, next(iter(vocabulary.named(role, free)), None))

    def _take(self, role: str, name: str | None, *, is_needed: bool = False) -> bool:
        if name is None or name in self._taken:
            if is_needed:
                self._roles.missing.append(role)
            return False
        self._taken.add(name)
        self._roles.columns[role] = [name]
        return True

    def _value(self, role: str, value: str, remark: str = "") -> None:
        self._roles.values[role] = value
        self._remark(role, remark)

    def _remark(self, role: str, remark: str) -> None:
        if remark:
            self._roles.remarks[role] = remark
