"""The phases that are published against what the simulated people and their accounts did."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.proof.conftest import World

# whom the map has as one person who is one in truth; of a mailbox that several share nobody can say
# whose way it tells
PAIRS = """
    with known as (
        select truth.component_id, found.customer_id, truth.is_shared
        from truth_identifiers as truth
        inner join marts.bridge_customer_identifiers as found
            on truth.identifier_type = found.identifier_type
            and truth.namespace = found.identifier_namespace
            and truth.value = found.identifier_value
        where not is_junk
    ),
    together as (
        select distinct component_id, customer_id from known
        where not is_shared
            and customer_id not in (select customer_id from known where is_shared)
    )
    select * from together
    qualify count(*) over (partition by component_id) = 1
        and count(*) over (partition by customer_id) = 1
"""
ENTRIES = f"""
    with pairs as ({PAIRS}),
    truth as (
        select customer_id, times_left, journey_phase, entered_s
        from truth_phases inner join pairs using (component_id)
    ),
    found as (
        select customer_id, times_left, journey_phase, epoch(entered_at) as found_s
        from marts.fct_phase_entries
        where customer_id in (select customer_id from pairs)
    )
"""


def test_each_person_entered_each_phase_when_it_was_so(world: World) -> None:
    wrong = world.ask(
        f"""
        {ENTRIES}
        select customer_id, times_left, journey_phase, to_timestamp(entered_s), to_timestamp(found_s)
        from truth full join found using (customer_id, times_left, journey_phase)
        where coalesce(abs(entered_s - found_s) > 1, true)
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"


def test_most_persons_and_every_phase_are_compared(world: World) -> None:
    assert world.ask(
        f"""
        with pairs as ({PAIRS})
        select
            count(distinct component_id) filter (component_id in (select component_id from pairs))
            > 0.8 * count(distinct component_id)
        from truth_phases
        """
    ) == [(True,)]
    assert world.ask(
        f"{ENTRIES} select journey_phase from truth group by all having count(*) > 5 order by 1"
    ) == [("advocacy",), ("awareness",), ("consideration",), ("purchase",), ("retention",)]
