"""WordPress's way to list things: numbered pages, the totals in headers, errors with a code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse

from ingestion.sandbox.common import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.responses import Response

    from ingestion.sandbox.common import Call

    Row = dict[str, Any]

USUAL, LARGEST = 10, 100
PER_SECOND = 25
# the clock that the site's owner has set
SITE_ZONE = ZoneInfo("Europe/Berlin")


def refusal(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Refusal:
    """Return an error in WordPress's form."""
    body = {"code": code, "message": message, "data": {"status": status}}
    return Refusal(status, body, headers)


def too_many() -> Refusal:
    """Return what a caller is told who asks too often."""
    return refusal(429, "rate_limited", "Too many requests", {"Retry-After": "1"})


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


def bounded(
    call: Call, bounds: Mapping[str, str], zone: ZoneInfo
) -> tuple[list[str], list[object]]:
    """Return the conditions that the parameters of times set, and their values.

    Args:
        call: The call.
        bounds: The condition of each parameter.
        zone: The zone of a time without an offset.
    """
    moments = {name: moment(call, name, zone) for name in bounds}
    given = {name: value for name, value in moments.items() if value is not None}
    return [bounds[name] for name in given], list(given.values())


def ordered(call: Call, orders: Mapping[str, str], usual: str) -> str:
    """Return what rows are ordered by, as SQL: the last first unless asked otherwise.

    Args:
        call: The call.
        orders: The columns of each way to order.
        usual: The way if none is asked for.
    """
    turn = "" if call.params.get("order", "desc") == "asc" else " desc"
    columns = orders[call.params.get("orderby", usual)].split(", ")
    return ", ".join(f"{column}{turn}" for column in columns)


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
