"""What a vendor means by an error status, and which errors are worth another attempt."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ingestion.errors import (
    CredentialsError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.http.rate_limits import retry_after

if TYPE_CHECKING:
    import requests

ATTEMPTS = 6
# HubSpot's word for an account that is being moved: it says how long, up to a day
MOVING = 477
FAILING = {HTTPStatus.REQUEST_TIMEOUT, MOVING}
# Mixpanel says so with status 400
NOT_SIGNED_IN = "Unable to authenticate request"


class Again(Exception):  # noqa: N818 - a step of the retry loop, never seen outside
    """This attempt failed and may be repeated."""

    def __init__(
        self, error: KetteError, wait: float | None = None, attempts: int = ATTEMPTS
    ) -> None:
        super().__init__(str(error))
        self.error, self.wait, self.attempts = error, wait, attempts


def refusal(
    source: str, response: requests.Response, value: Any, said: str, where: str
) -> Exception:
    """Return what to raise for a status that is an error.

    Args:
        source: Name of the source.
        response: The answer.
        value: Its parsed body.
        said: The vendor's words as they may be shown.
        where: The address as it may be shown.
    """
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limit(response, value, where)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in FAILING:
        failing = UnreachableError(
            f"the vendor fails with status {status}",
            where=where,
            fix="Run again later; what was loaded stays",
        )
        return Again(failing, retry_after(response.headers))
    fix = f"Check SOURCES__{source.upper()}__… in .env, and what the key may read"
    if status == HTTPStatus.FORBIDDEN:
        detail = f" ({said})" if said else ""
        what = f"a right is missing, status {status}{detail}"
        return MissingRightError(what, where=where, fix=fix)
    if status == HTTPStatus.UNAUTHORIZED or NOT_SIGNED_IN in said:
        what = f"the credentials are refused, status {status}"
        return CredentialsError(what, where=where, fix=fix)
    return KetteError(f"the vendor refuses the request, status {status}: {said}", where=where)


def _limit(response: requests.Response, value: Any, where: str) -> Exception:
    if isinstance(value, dict) and value.get("policyName") == "DAILY":
        # HubSpot says which of its limits is used up: this one takes until midnight
        return ResumeLaterError(
            "the vendor's limit of requests per day is used up",
            where=where,
            fix="Run again tomorrow: what was loaded stays, and it goes on from there",
        )
    error = ResumeLaterError(
        "too many requests for the vendor", where=where, fix="Run again later: it goes on"
    )
    return Again(error, retry_after(response.headers))
