"""What is published against the truth of the simulated company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proof.conftest import World


def test_mrr_of_each_month_is_the_truth_to_the_cent(world: World) -> None:
    wrong = world.ask(
        """
        with truth as (
            select month, sum(mrr_cents) as cents from truth_mrr group by all
        ),
        figures as (
            select strftime(period_start, '%Y-%m') as month, round(100 * numerator) as cents
            from metrics.mtr_revenue_monthly
            where metric = 'mrr' and channel = 'all'
        )
        select month, truth.cents, figures.cents
        from truth full join figures using (month)
        where coalesce(truth.cents, 0) != coalesce(figures.cents, 0)
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"
    assert world.ask("select count(*) > 3 from truth_mrr") == [(True,)]


def test_every_conversation_is_there_with_its_first_response_and_how_it_ended(
    world: World,
) -> None:
    # a chat whose customer got no answer is missed, a letter is open until it is closed
    wrong = world.ask(
        """
        with truth as (
            select source, conversation_type, record_id, channel, first_response_s,
                case
                    when is_bot_solved then 'bot_solved'
                    when resolved_s is not null then 'resolved'
                    when conversation_type = 'chat' and first_response_s is null then 'missed'
                    else 'open'
                end as status
            from truth_conversations where not is_deleted and is_begun_by_customer
        ),
        found as (
            select source, conversation_type, source_record_id as record_id, channel,
                first_response_seconds as first_response_s, status
            from marts.fct_conversations
        )
        (from truth except all from found) union all (from found except all from truth)
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"
    answered = world.ask("select count(*) from truth_conversations where first_response_s > 0")
    assert answered[0][0] > 10


def test_a_greeting_that_nobody_took_up_is_offered_and_never_a_conversation(world: World) -> None:
    offered = world.ask(
        """
        select record_id from truth_conversations
        where not is_deleted and not is_begun_by_customer order by 1
        """
    )
    found = world.ask(
        """
        select source_record_id from marts.fct_touchpoints
        where touchpoint = 'chat_offered' and not is_interaction order by 1
        """
    )
    assert found == offered, f"--seed {world.company.seed}"
    assert offered


def test_a_ticket_that_was_opened_again_is_solved_when_it_is_closed_for_good(world: World) -> None:
    reopened = world.ask(
        """
        select record_id, status, round(epoch(resolved_at) - resolved_s, 2)
        from truth_conversations as truth
        left join marts.fct_conversations as found
            on truth.source = found.source and record_id = source_record_id
        where reopened_count > 0 and not is_deleted
            and (status is distinct from if(resolved_s is null, 'open', 'resolved')
                or abs(epoch(resolved_at) - resolved_s) > 0.01)
        """
    )
    assert reopened == [], f"--seed {world.company.seed}"
    if not world.is_small:
        assert world.ask(
            """
            select count(*) > 20
            from truth_conversations where reopened_count > 0 and source = 'hubspot'
            """
        ) == [(True,)]


def test_resolution_times_are_those_of_the_truth(world: World) -> None:
    wrong = world.ask(
        """
        select source_record_id, epoch(resolved_at), resolved_s
        from marts.fct_conversations
        inner join truth_conversations as truth
            on truth.source = fct_conversations.source
            and truth.conversation_type = fct_conversations.conversation_type
            and truth.record_id = source_record_id
        where not is_deleted
            and coalesce(abs(epoch(resolved_at) - resolved_s) > 0.01,
                (resolved_at is null) != (resolved_s is null))
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"


@pytest.mark.parametrize("journey_type", ["acquisition", "support"])
def test_journeys_per_outcome_are_those_of_the_truth(world: World, journey_type: str) -> None:
    rows = world.ask(
        f"""
        with truth as (
            select outcome, count(*) as n from truth_journeys
            where journey_type = '{journey_type}' group by all
        ),
        found as (
            select outcome, count(*) as n from marts.fct_journeys
            where journey_type = '{journey_type}' group by all
        )
        select outcome, coalesce(truth.n, 0), coalesce(found.n, 0)
        from truth full join found using (outcome)
        """
    )
    expected, found = sum(row[1] for row in rows), sum(row[2] for row in rows)
    assert expected > 0
    # a person whom a shared device or mailbox joins to another has one journey instead of two
    allowed = max(3, 0.02 * expected)
    assert abs(expected - found) <= allowed, (f"--seed {world.company.seed}", rows)
    for _outcome, truth, count in rows:
        assert abs(truth - count) <= allowed, (f"--seed {world.company.seed}", rows)


def test_paying_accounts_are_those_of_the_truth(world: World) -> None:
    rows = world.ask(
        """
        select
            (select count(distinct account_id) from truth_mrr
             where month = (select max(month) from truth_mrr)),
            (select count(*) from marts.dim_accounts where is_paying)
        """
    )
    assert rows[0][0] == rows[0][1], f"--seed {world.company.seed}"


def test_survey_answers_are_those_of_the_sandbox_with_person_score_and_invitation(
    world: World,
) -> None:
    tables = f"{world.company.home}/sandbox/trustmary"
    truth = f"""
        select asked.answer_id as response_id, asked.score_if_asked::double as score, asked.id,
            given.contact_id is not null as is_known
        from '{tables}/invitations.parquet' as asked
        inner join '{tables}/answers.parquet' as given on asked.answer_id = given.id
        where given.deleted_ms is null
        """
    found = """
        select response_id, score, invitation_id, customer_id is not null as is_known
        from marts.fct_survey_answers where source = 'trustmary' and question_kind != 'review'
        """
    # who answered in a chat and gave an address is known by it
    wrong = world.ask(
        f"""
        select * from ({truth}) as truth full join ({found}) as found using (response_id)
        where truth.score is distinct from found.score or truth.id != found.invitation_id
            or (truth.is_known and not found.is_known)
        """
    )
    assert wrong == [], f"--seed {world.company.seed}"
    assert world.ask(f"select count(*) > 10 from ({truth})") == [(True,)]


def test_the_response_rate_is_that_of_the_invitations(world: World) -> None:
    tables = f"{world.company.home}/sandbox"
    found = world.ask(
        """
        select channel, sum(denominator), sum(numerator)
        from metrics.mtr_feedback_monthly
        where
            metric = 'survey_response_rate' and channel in ('all', 'chat', 'email')
            and persona = 'all'
        group by channel order by channel
        """
    )
    # the company's own people count in no figure; in a chat not everybody says who they are
    least, most = (
        world.ask(
            f"""
            select coalesce(channel, 'all') as channel, count(*), count(answer_id)
            from '{tables}/trustmary/invitations.parquet'
            inner join '{tables}/truth_persons.parquet' using (person_id)
            where kind in ('member', 'lead', 'anonymous') or channel in ({unsaid})
            group by rollup (channel) order by 1
            """
        )
        for unsaid in ("null", "'chat'")
    )
    assert [row[0] for row in found] == ["all", "chat", "email"]
    for figures, low, high in zip(found, least, most, strict=True):
        bounds = list(zip(figures, low, high, strict=True))
        assert all(a <= figure <= b for figure, a, b in bounds), (
            f"--seed {world.company.seed}: {bounds}"
        )
