"""`kette identity`: cutting, joining and explaining, as somebody types it."""

from __future__ import annotations

import csv
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from typer.testing import CliRunner

from ingestion.control import decisions
from ingestion.control.decisions import Identifier
from ingestion.loading import warehouse
from ingestion.loading.run import prepare_warehouse
from ingestion.settings import settings
from orchestration.cli import app
from tests.dashboards.warehouse_fixture import publish
from tests.orchestration.identity_review.conftest import CONTACT, EMAIL, OTHER_USER, USER, known

if TYPE_CHECKING:
    from click.testing import Result

pytestmark = pytest.mark.usefixtures("published")


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["identity", *arguments])


def handed_over() -> list[tuple[str, str, str]]:
    prepare_warehouse()
    with warehouse.connect() as connection:
        decisions.hand_over(connection)
    with closing(duckdb.connect(str(settings().warehouse), read_only=True)) as connection:
        return connection.execute(
            "select action, left_value, right_value from kette.identity_decisions order by all"
        ).fetchall()


def test_a_cut_is_written_down_with_who_and_why() -> None:
    result = kette("cut", "mia@firm.example", "u1", "--why", "a typing error", "--by", "lena")

    assert result.exit_code == 0, result.stderr
    (row,) = decisions.effective()
    assert decisions.pair_of(row) == (EMAIL, USER)
    assert (row["action"], row["why"], row["decided_by"]) == ("cut", "a typing error", "lena")
    assert row["decided_at"] is not None
    assert handed_over() == [("cut", EMAIL.value, USER.value)]


def test_the_latest_decision_about_two_counts_and_none_is_forgotten() -> None:
    kette("cut", "email:mia@firm.example", "user_id:u1", "--why", "first")
    kette("join", "user_id:u1", "email:MIA@firm.example", "--why", "no, it is her")

    assert [row["action"] for row in decisions.effective()] == ["join"]
    assert [row["action"] for row in decisions.history()] == ["join", "cut"]
    listed = kette("decisions").stdout
    assert "first" in listed
    assert "no, it is her" in listed


def test_what_is_revoked_counts_no_longer() -> None:
    kette("cut", "email:mia@firm.example", "user_id:u1", "--why", "first")

    assert kette("revoke", "user_id:u1", "mia@firm.example", "--why", "again").exit_code == 0
    assert decisions.effective() == []
    assert handed_over() == []
    assert kette("revoke", "user_id:u1", "mia@firm.example", "--why", "twice").exit_code == 1


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("email:nobody@firm.example", "user_id:u1", "no identifier"),
        ("user_id:u2", "user_id:u1", "2 identifiers are called so"),
        ("user_id:u1", "user_id@mixpanel:u1", "the same identifier"),
        ("user_id:u1", "crm_company_id:7", "a person's and the other an account's"),
    ],
)
def test_what_is_not_clear_is_refused(one: str, other: str, told: str) -> None:
    result = kette("cut", one, other, "--why", "because")

    assert result.exit_code == 1
    assert told in result.stderr
    assert decisions.history() == []


def test_who_joins_what_several_people_use_is_told_that_it_joins_nobody() -> None:
    told = " ".join(
        kette("join", "device_id:d1", "user_id@shop:u2", "--why", "hers").stdout.split()
    )

    assert "Several people use device_id@mixpanel:d1" in told
    assert [row["action"] for row in decisions.effective()] == ["join"]
    assert "Several" not in kette("join", "email:mia@firm.example", "u1", "--why", "hers").stdout


def test_a_decision_needs_a_reason() -> None:
    assert kette("cut", "mia@firm.example", "u1").exit_code == 2
    assert kette("cut", "mia@firm.example", "u1", "--why", " ").exit_code == 1


def test_two_identifiers_of_one_person_are_explained_by_a_chain() -> None:
    result = kette("explain", "device_id:d1", str(CONTACT))

    assert result.exit_code == 0, result.stderr
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0] == "One person: c_mia, with 4 identifiers"
    assert [line.split("  (")[0] for line in lines[1:4]] == [
        "device_id@mixpanel:d1 — user_id@mixpanel:u1",
        "email@global:mia@firm.example — user_id@mixpanel:u1",
        "crm_contact_id@hubspot:12 — email@global:mia@firm.example",
    ]
    assert "mixpanel login ×4 until 2026-05-02" in lines[1]
    assert lines[4] == "Weakest link: device_id@mixpanel:d1 — user_id@mixpanel:u1"


def test_two_persons_are_explained_by_what_was_refused() -> None:
    result = kette("explain", "user_id:u1", str(OTHER_USER))

    assert "Two persons: c_mia and c_tom" in result.stdout
    assert "refused, shared_identifier: device_id d1 — user_id u2" in result.stdout


def test_a_refused_proposal_is_written_down() -> None:
    result = kette("reject", "user_id:u1", str(OTHER_USER), "--why", "two colleagues")

    assert result.exit_code == 0, result.stderr
    assert [(row["action"], row["why"]) for row in decisions.effective()] == [
        ("reject", "two colleagues")
    ]


def test_where_nothing_stands_out_no_junk_is_listed() -> None:
    result = kette("junk")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == "No identifier stands out."


def test_junk_is_listed_as_lines_that_the_seed_can_take(kette_home: object) -> None:
    publish(
        {
            "marts.bridge_identity_suspects": [
                suspect("user_id", "Test, one", persons=3, links=9),
                suspect("email", "office@firm.example", persons=12, links=30),
                suspect("device_id", "kiosk", persons=3, links=9),
            ]
        },
        as_of=date(2026, 6, 1),
    )

    result = kette("junk")

    assert result.exit_code == 0, result.stderr
    told = "tied to {} persons and {} identifiers (usual 1.0 and 2.5)"
    assert list(csv.reader(result.stdout.splitlines())) == [
        ["email", "exact", "office@firm.example", told.format(12, 30)],
        ["device_id", "exact", "kiosk", told.format(3, 9)],
        ["user_id", "exact", "test, one", told.format(3, 9)],
    ]


def suspect(kind: str, value: str, *, persons: int, links: int) -> dict[str, Any]:
    return known("c_1", Identifier(kind, "mixpanel", value)) | {
        "person_count": persons,
        "link_count": links,
        "usual_person_count": 1.0,
        "usual_link_count": 2.5,
    }


@pytest.mark.parametrize("text", ["undefined", "device_id:Undefined"])
def test_a_blocked_value_is_told_as_such_and_where_it_is_blocked(text: str) -> None:
    result = kette("explain", text, "user_id:u1")

    assert result.exit_code == 1
    assert "the value is blocked" in result.stderr
    assert "2 links to it are refused" in result.stderr
    assert "seeds/blocked_identifiers.csv" in result.stderr


def test_a_value_blocked_as_one_type_is_not_said_to_be_so_as_another() -> None:
    assert "no identifier" in kette("explain", "email:undefined@firm.example", "user_id:u1").stderr


def test_an_account_is_not_explained() -> None:
    result = kette("explain", "crm_company_id:7", "user_id:u1")

    assert result.exit_code == 1
    assert "only persons are explained" in result.stderr
