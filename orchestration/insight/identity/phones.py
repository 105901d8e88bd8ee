"""Telephone numbers: from what people write to the one form in which they are compared."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa


def normalise(numbers: pa.Table, *, region: str) -> pa.Table:
    """Read telephone numbers as people wrote them.

    Args:
        numbers: One row per ``phone_text``.
        region: The country (ISO code) whose numbers are written without a country code.

    Returns:
        One row per number that can be dialled: ``phone_text``, ``phone`` (E.164) and ``is_fixed_line``
        (an office or a household has it, rather than one person).
    """
    read = [
        (text, number)
        for text in numbers["phone_text"].to_pylist()
        if (number := _parse(text, region)) is not None
    ]
    fixed = phonenumbers.PhoneNumberType.FIXED_LINE
    return pa.table(
        {
            "phone_text": pa.array([text for text, _ in read], pa.string()),
            "phone": pa.array(
                [
                    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                    for _, number in read
                ],
                pa.string(),
            ),
            "is_fixed_line": pa.array(
                [phonenumbers.number_type(number) == fixed for _, number in read], pa.bool_()
            ),
        }
    )


def _parse(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
