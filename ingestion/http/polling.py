"""Asks again if a vendor says so in the body of its answer instead of by the status."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestion.errors import KetteError
    from ingestion.http.client import Client
    from ingestion.http.responses import Answer

ATTEMPTS = 5
SHORTEST, LONGEST = 2.0, 60.0


class NotYet(Exception):  # noqa: N818 - a step of the loop below, never seen outside
    """The answer may be asked for again.

    Args:
        error: What to raise when it stays so.
        wait: Seconds to wait, as the vendor says; None where it does not.
    """

    def __init__(self, error: KetteError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error, self.wait = error, wait


def ask(
    client: Client, path: str, request: Callable[[], Answer], judge: Callable[[Answer], None]
) -> Answer:
    """Return the first answer that the judge lets pass.

    Args:
        client: Waits, and remembers what the vendor wants left alone.
        path: What is asked for.
        request: Asks.
        judge: Raises what an answer means that is none.

    Raises:
        KetteError: The judge's, or its ``NotYet``'s once patience is at an end.
        ResumeLaterError: The vendor asks for a longer wait than a run sits through.
    """
    waited = 0.0
    for attempt in range(1, ATTEMPTS + 1):
        answer = request()
        try:
            judge(answer)
        except NotYet as found:
            if attempt == ATTEMPTS:
                raise found.error from None
            wait = min(SHORTEST**attempt, LONGEST) if found.wait is None else found.wait
            client.pause(path, wait, found.error.what, waited)
            waited += wait
        else:
            return answer
    raise AssertionError  # pragma: no cover - the loop returns or raises
