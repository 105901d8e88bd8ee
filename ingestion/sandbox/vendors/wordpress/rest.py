"""WordPress's way to list things: numbered pages, the totals in headers, errors with a code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse

from ingestion.sandbox.common import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.responses import Response

    from ingestion.sandbox.common import Call

    Row = dict[str, Any]

USUAL, LARGEST = 10, 100
# the clock that the site's owner has set
SITE_ZONE = ZoneInfo("Europe/Berlin")


def refusal(status: int, code: str, message: str) -> Refusal:
    """Return an error in WordPress's form."""
    return Refusal(status, {"code": code, "message": message, "data": {"status": status}})


def number(call: Call, name: str, usual: int, largest: int | None = None) -> int:
    """Return a parameter that is a number from 1 on.

    Raises:
        Refusal: It is none.
    """
    text = call.params.get(name, str(usual))
    if not text.isdecimal() or int(text) < 1 or (largest and int(text) > largest):
        raise refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
    return int(text)


def moment(call: Call, name: str, zone: ZoneInfo) -> int | None:
    """Return a moment parameter in milliseconds; without an offset it is the zone's clock."""
    text = call.params.get(name)
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}") from None
    given = given if given.tzinfo else given.replace(tzinfo=zone)
    return round(given.timestamp() * 1000)


def naive(milliseconds: int, zone: ZoneInfo) -> str:
    """Write a moment as WordPress does: a zone's clock, without saying which."""
    local = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(zone)
    return local.strftime("%Y-%m-%dT%H:%M:%S")


def page(
    call: Call, found: Sequence[Row], show: Callable[[Row], Row], *, is_strict: bool
) -> Response:
    """Return one page of what was found; ``is_strict``: a page behind the last is an error.

    Raises:
        Refusal: A parameter is wrong, or the page lies behind the last.
    """
    size, asked = number(call, "per_page", USUAL, LARGEST), number(call, "page", 1)
    pages = -(-len(found) // size)
    if is_strict and asked > 1 and asked > pages:
        raise refusal(
            400,
            "rest_post_invalid_page_number",
            "The page number requested is larger than the number of pages available.",
        )
    fields = [name for name in call.params.get("_fields", "").split(",") if name]
    shown = [show(row) for row in found[(asked - 1) * size : asked * size]]
    if fields:
        shown = [{name: row[name] for name in fields if name in row} for row in shown]
    return JSONResponse(
        shown, headers={"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
    )
