"""The truth of phases is what their words say, told from the tables of the simulated company."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestion.sandbox import world
from tests.ingestion.sandbox.views import views

if TYPE_CHECKING:
    import duckdb

ORDER = "['awareness', 'consideration', 'purchase', 'retention', 'advocacy']"


@pytest.fixture(scope="module")
def company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    seed = int(request.config.getoption("seed") or secrets.randbelow(1_000_000))
    folder = tmp_path_factory.mktemp(f"seed-{seed}")
    world.generate(folder, customers=800, months=14, seed=seed, until=date(2026, 5, 20))
    return views(folder)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(
            f"""select * from (
                select list_position({ORDER}, journey_phase) as place, max(place) over (
                    partition by component_id, times_left order by entered_s, place
                    rows between unbounded preceding and 1 preceding
                ) as before from truth_phases
            ) where place <= before""",
            id="who is further does not go back",
        ),
        pytest.param(
            """select phases.* from truth_phases as phases
                inner join truth_accounts as accounts using (account_id)
                where journey_phase in ('retention', 'advocacy')
                    and first_payment_s is not null and entered_s < first_payment_s""",
            id="retention is of customers",
        ),
        pytest.param(
            """select phases.* from truth_phases as phases
                inner join truth_accounts as accounts using (account_id)
                where journey_phase in ('retention', 'advocacy') and entered_s >= churned_s""",
            id="nobody is retained who has left",
        ),
        pytest.param(
            """select accounts.* from truth_accounts as accounts
                where first_payment_s is not null and exists (
                    select * from truth_phases as met
                    where met.account_id = accounts.account_id and entered_s < first_payment_s
                        and not exists (
                            select * from truth_phases as bought
                            where bought.component_id = met.component_id and times_left = 0
                                and journey_phase = 'purchase'
                                and bought.entered_s <= first_payment_s
                        )
                )""",
            id="who was met before the first payment has bought with it",
        ),
        pytest.param(
            """select phases.* from truth_phases as phases
                left join truth_accounts as accounts using (account_id)
                where times_left > 0 and first_payment_s is null""",
            id="only who paid can have left",
        ),
    ],
)
def test_a_phase_is_what_its_words_say(company: duckdb.DuckDBPyConnection, wrong: str) -> None:
    assert company.execute(f"select * from ({wrong}) limit 3").fetchall() == []


def test_some_go_the_whole_way_and_some_come_back(company: duckdb.DuckDBPyConnection) -> None:
    entered = dict(
        company.execute(
            "select journey_phase, count(*) from truth_phases where times_left = 0 group by all"
        ).fetchall()
    )
    assert min(entered.values()) > 20
    assert entered["purchase"] < entered["consideration"]
    ((back,),) = company.execute(
        "select count(*) from truth_phases where times_left = 1 and journey_phase = 'purchase'"
    ).fetchall()
    assert back > 0
