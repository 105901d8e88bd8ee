"""E-mail addresses: from what people write to the one form in which they are compared.

What is syntax is decided by the library email-validator (RFC 5321, 5322, 6531 and IDNA); whether an
address can receive anything is not asked, and an address of an internal or reserved domain is one.
"""

from __future__ import annotations

import email_validator
import pyarrow as pa

# the library's own way to let reserved domains be: an address of an intranet belongs to somebody
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def normalise(addresses: pa.Table) -> pa.Table:
    """Read e-mail addresses as people wrote them, in small letters.

    Args:
        addresses: One row per ``email_text``.

    Returns:
        The same rows with ``email``: Unicode in one form, the domain as it is read and not as it
        goes over the wire (``xn--…``); null where the text is no address.
    """
    written = addresses["email_text"].to_pylist()
    read = [_read(text) for text in written]
    return pa.table(
        {"email_text": pa.array(written, pa.string()), "email": pa.array(read, pa.string())}
    )


def _read(text: str) -> str | None:
    try:
        found = email_validator.validate_email(
            text, check_deliverability=False, globally_deliverable=False
        )
    except email_validator.EmailNotValidError:
        return None
    normal: str = found.normalized.lower()
    return normal
