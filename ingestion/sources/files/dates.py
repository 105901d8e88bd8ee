"""How a mapping describes the form of dates, and the SQL that reads exactly that form."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING

from ingestion.settings import settings
from ingestion.sources.files.formats import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

# of each letter of strptime what may stand there: Python's counts of digits, which DuckDB takes
# less seriously ("25" would be the year 25)
LETTERS: Mapping[str, str] = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    **dict.fromkeys("mdHIMS", r"\d{1,2}"),
    "j": r"\d{1,3}",
    "f": r"\d{1,6}",
    "p": r"[AaPp][Mm]",
    **dict.fromkeys("bBaA", r"[[:alpha:]]+"),
    "z": r"([+-]\d{2}:?\d{2}|Z)",
    "%": "%",
}
# letters of Python or the shell that are written out instead
INSTEAD = {
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "D": "%m/%d/%y",
    "R": "%H:%M",
    "e": "%d",
    "x": "e.g. %d.%m.%Y",
    "X": "e.g. %H:%M:%S",
    "c": "e.g. %Y-%m-%d %H:%M:%S",
    "N": "%f",
    "L": "%f",
    "s": "epoch",
}
DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
# letters of dd.mm.yyyy, TT.MM.JJJJ and the like, as spreadsheets and programs write them
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("yyyy", "jjjj"), "%Y"),
    **dict.fromkeys(("yy", "jj"), "%y"),
    **dict.fromkeys(("d", "dd", "tt"), "%d"),
    **dict.fromkeys(("h", "hh"), "%H"),
    **dict.fromkeys(("s", "ss"), "%S"),
    **dict.fromkeys(("m", "mm"), "%m"),
    **dict.fromkeys(("n", "nn"), "%M"),
    "mmm": "%b",
    "mmmm": "%B",
    "a": "%p",
    "t": "T",
}
# words that people write instead of a format
SAID = (
    (
        re.compile(r"iso|rfc|8601|auto", re.IGNORECASE),
        "Leave date_formats out: ISO 8601 is read without",
    ),
    (
        re.compile(r"unix|stamp|posix|epoch|seconds|milli", re.IGNORECASE),
        "Write epoch for seconds since 1970, epoch_ms for milliseconds",
    ),
)
EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}
# year first, as ISO 8601 has it; other orders are only read by a mapping's date_formats
ISO_TIME = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?"
# what DuckDB would not read: a blank before the offset, an offset after minutes
SPACED_OFFSET = r"(\d) ([+-]\d{2}:?\d{2})$"
A_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
# what of strptime's letters tells a time of day
TIMES_OF_DAY = re.compile(r"%-?[HIMSf]")
MINUTES_AND_OFFSET = r"([ T]\d{1,2}:\d{2})(Z|[+-].*)$"
# zones that have one meaning, as programs write them behind a time
ZONES: tuple[tuple[str, str], ...] = (
    (r"\s*\([^()]*\)$", ""),
    (r"\s*(?:GMT|UTC)\s*([+-])(\d)(?::?(\d{2}))?$", r"\g<1>0\2:\3"),
    (r"\s*(?:GMT|UTC)\s*([+-]\d{2}):?(\d{2})?$", r"\g<1>:\2"),
    (r"\s*(?:GMT|UTC)$", "+00:00"),
    (r"\s*(?:CET|MEZ|WAT)$", "+01:00"),
    (r"\s*(?:CEST|MESZ|EET|OEZ|SAST)$", "+02:00"),
    (r"\s*(?:EEST|OESZ|MSK)$", "+03:00"),
    (r"([+-]\d{2}):$", r"\g<1>:00"),
    (r"([ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*([+-]\d{2})$", r"\g<1>\2:00"),
)
OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
# abbreviations that people write for a zone with a clock change
NICKNAMES = {
    **dict.fromkeys(("MEZ", "MESZ", "CEST", "DE"), "Europe/Berlin"),
    **dict.fromkeys(("BST", "UK"), "Europe/London"),
    **dict.fromkeys(("EDT", "ET"), "America/New_York"),
    **dict.fromkeys(("PST", "PDT", "PT"), "America/Los_Angeles"),
}


def problem(date_format: str) -> tuple[str, str] | None:
    """Return what is wrong with a format of a mapping, and what to write; None where it is right."""
    if date_format in EPOCHS:
        return None
    found = [letter.lstrip("-") for letter in DIRECTIVE.findall(date_format)]
    for letter in found:
        if letter not in LETTERS and letter != "Z":
            instead = INSTEAD.get(letter)
            return (
                f"holds %{letter}, which is no letter of strptime that can be read",
                f"Write {instead} instead" if instead else f"Known are %{', %'.join(LETTERS)}",
            )
    if not found:
        return "has no letter of strptime, such as %d", _meant(date_format)
    days = {"Y", "y"} & set(found), "j" in found or {"d"} & set(found)
    if not all(days):
        return "names no whole day", 'Write day, month and year, e.g. "%d.%m.%Y"'
    doubled = [letter for letter in LETTERS if letter != "%" and found.count(letter) > 1]
    if doubled:
        return f"has %{doubled[0]} twice", "Write each letter once: %m is the month, %M the minute"
    return None


def _meant(words: str) -> str:
    """Return what to write instead of dd.mm.yyyy and the like."""
    if said := next((fix for look, fix in SAID if look.search(words)), None):
        return said
    written = ""
    for found in re.finditer(r"([a-z])\1*|[^a-z']+|'", words, re.IGNORECASE):
        letter = WORDS.get(found[0].lower(), found[0]) if found[1] else found[0].strip("'")
        # behind the hours the same letters are minutes
        written += "%M" if letter == "%m" and "%H" in written else letter
    written = written.replace("%H", "%I") if "%p" in written else written
    is_right = not re.search(r"(?<!%)[A-SU-Za-z]", written) and problem(written) is None
    return f'Write "{written}"' if is_right else 'Write e.g. "%d.%m.%Y"'


def zone(name: str) -> str | None:
    """Return a time zone as DuckDB knows it, None for one that is none."""
    if offset := OFFSET.fullmatch(name.strip()):
        sign, hours, minutes = offset.groups()
        if int(hours) <= 14 and int(minutes or 0) < 60:  # noqa: PLR2004 - of the clock
            return f"UTC{sign}{int(hours):02}:{minutes or '00'}"
        return None
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return name


def moment(date_formats: tuple[str, ...], text: str, is_native: str) -> str:
    """Return the SQL of a moment; without an offset it is one of the zone that is set.

    A day without a time is one by the company's own clock: it must not fall into another.

    Args:
        date_formats: Of the mapping; without any times are written as ISO 8601 has it.
        text: SQL of the text.
        is_native: SQL that tells whether it stands for a time of the file itself.
    """
    zoned = text
    for spelling, plain in ZONES:
        again = plain.replace(r"\g<1>", r"\1")
        zoned = f"regexp_replace({zoned}, {literal(spelling)}, {literal(again)})"
    zoned = (
        f"case when regexp_matches({text}, '[A-Za-z)]|[+-]\\d\\d$') then {zoned} else {text} end"
    )
    iso = _iso(zoned)
    if not date_formats:
        return iso
    formatted = f"coalesce({', '.join(_formatted(text, zoned, name) for name in date_formats)})"
    return (
        formatted
        if is_native == "false"
        else f"case when {is_native} then {iso} else {formatted} end"
    )


def _iso(text: str) -> str:
    joined = f"regexp_replace({text}, {literal(SPACED_OFFSET)}, '\\1\\2')"
    whole = f"regexp_replace({joined}, {literal(MINUTES_AND_OFFSET)}, '\\1:00\\2')"
    is_iso = f"regexp_full_match({text}, {literal(ISO_TIME)})"
    is_day = f"regexp_full_match({text}, {literal(A_DAY)})"
    day = _start_of_day(f"try_cast({text} as timestamp)")
    return f"case when {is_day} then {day} when {is_iso} then try_cast({whole} as timestamptz) end"


def _start_of_day(day: str) -> str:
    return f"timezone({literal(settings().time_zone)}, {day})"


def _formatted(text: str, zoned: str, date_format: str) -> str:
    if date_format in EPOCHS:
        count = f"round(try_cast({text} as double) * {EPOCHS[date_format]})"
        return f"make_timestamptz(try_cast({count} as bigint))"
    plain = DIRECTIVE.sub(lambda found: "%" + found[1].lstrip("-").replace("Z", "z"), date_format)
    written = zoned if "%z" in plain else text
    if "%z" in plain:
        # a blank before the offset is as good as none
        plain = re.sub(r"\s*%z", "%z", plain)
        written = f"regexp_replace({written}, '\\s*([+-]\\d{{2}}:?\\d{{2}}|Z)$', '\\1')"
    fits = f"regexp_full_match({written}, {literal(pattern(plain))})"
    found = f"try_strptime({written}, {literal(plain)})"
    is_day = not TIMES_OF_DAY.search(plain)
    return (
        f"case when {fits} then {_start_of_day(found) if is_day else f'{found}::timestamptz'} end"
    )


def pattern(date_format: str) -> str:
    """Return the regular expression of what a format reads, as DuckDB writes it."""
    parts, at = [], 0
    for found in DIRECTIVE.finditer(date_format):
        parts.append(_escaped(date_format[at : found.start()]))
        parts.append(LETTERS[found[1]])
        at = found.end()
    parts.append(_escaped(date_format[at:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    # beyond ASCII nothing has a meaning, nor may it be escaped
    return re.sub(r"\s+", r"\\s+", re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text))
