"""How well people and companies are known, and what leaving out staff, tests and bots changes."""

from __future__ import annotations

from typing import Any

from dashboards import warehouse

WHOLE = "all"


@warehouse.cached
def attributes(path: str, entity: str) -> list[dict[str, Any]]:
    """Return coverage and disagreement by attribute, the best known first.

    The row of the whole (source ``all``) comes before those of the systems that state it.
    """
    return warehouse.rows(
        path,
        """
        select
            attribute, source, entity_count, valued_count, comparable_count, disagreeing_count
        from marts.fct_attribute_quality
        where entity = $entity
        order by
            max(valued_count) over (partition by attribute) desc, attribute,
            source != 'all', valued_count desc, source
        """,
        {"entity": entity},
    )


@warehouse.cached
def coverage(path: str) -> list[dict[str, Any]]:
    """Return how much is known of touchpoints: of all, by source, by source and channel, the most first."""
    if not warehouse.has_table(path, "marts", "fct_touchpoint_coverage"):
        return []
    return warehouse.rows(
        path,
        """
        select
            source, channel, touchpoint_count, step_count, reasoned_count, unexplained_count,
            person_count, identified_count, persona_count
        from marts.fct_touchpoint_coverage
        where source != 'all' or channel = 'all'
        order by source != 'all', channel != 'all', touchpoint_count desc, source, channel
        """,
    )


@warehouse.cached
def label_effects(path: str) -> list[dict[str, Any]]:
    """Return what is counted with everybody, by label, and without any labelled person.

    A person has one label at most, so that what the labels take out adds up.
    """
    return warehouse.rows(
        path,
        """
        select
            measure,
            any_value(before_count) as before_count,
            coalesce(any_value(labelled_count) filter (internal_label = 'staff'), 0) as staff,
            coalesce(any_value(labelled_count) filter (internal_label = 'test'), 0) as test,
            coalesce(any_value(labelled_count) filter (internal_label = 'bot'), 0) as bot,
            any_value(before_count) - cast(sum(labelled_count) as bigint) as after_count
        from marts.fct_label_effects
        group by measure
        order by list_position(
            ['persons', 'sessions', 'touchpoints', 'conversations', 'survey_answers'], measure
        )
        """,
    )
