"""What customers answered and wrote, as the page Feedback asks for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dashboards import warehouse
from explore import feedback

if TYPE_CHECKING:
    from explore.feedback import Asked

AT_MOST = feedback.AT_MOST


@warehouse.cached
def distribution(path: str, asked: Asked) -> list[dict[str, Any]]:
    """Return how many answers each point of the scale has."""
    return feedback.distribution(partial(warehouse.rows, path), asked)


@warehouse.cached
def reach(path: str, asked: Asked) -> list[dict[str, Any]]:
    """Return for each persona how many people there are, were invited, and answered."""
    return feedback.reach(partial(warehouse.rows, path), asked)


@warehouse.cached
def answers(
    path: str, asked: Asked, *, only: str, group: str, topic: str, sentiment: str
) -> list[dict[str, Any]]:
    """Return answers with their words, person and account, the newest first."""
    return feedback.answers(
        partial(warehouse.rows, path),
        asked,
        only=only,
        group=group,
        topic=topic,
        sentiment=sentiment,
    )


@warehouse.cached
def topics(path: str) -> dict[str, dict[str, Any]]:
    """Return the topics that texts are about, with their names, the commonest first."""
    found = warehouse.rows(
        path,
        """
        select topic, columns('^label_')
        from marts.dim_topics
        where text_count > 0
        order by text_count desc, topic
        """,
    )
    return {row["topic"]: row for row in found}


@warehouse.cached
def moments(path: str) -> dict[str, dict[str, Any]]:
    """Return what the moments of surveys are called."""
    found = warehouse.rows(path, "select moment, columns('^label_') from catalogue.survey_moments")
    return {row["moment"]: row for row in found}
