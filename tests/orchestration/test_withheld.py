"""What blocks a table's publication, how far that reaches, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration import withheld
from orchestration.withheld import Cause

# raw deals → stg_deals ─┬→ int_deals → dim_accounts → mtr_revenue
# raw chats → stg_chats ─┼─────────────────────────────→ mtr_support
#                        └→ (stg_deals is read by nothing else)
READS = {
    "stg_deals": ["source.crm.deals"],
    "stg_chats": ["source.chat.chats"],
    "int_deals": ["stg_deals"],
    "dim_accounts": ["int_deals"],
    "fct_chats": ["stg_chats"],
    "mtr_revenue": ["dim_accounts"],
    "mtr_support": ["fct_chats"],
}
SCHEMAS = {
    "stg": "staging",
    "int": "intermediate",
    "dim": "marts",
    "fct": "marts",
    "mtr": "metrics",
}
PUBLISHED = {"dim_accounts", "fct_chats", "mtr_revenue", "mtr_support", "channels"}


def node_id(name: str) -> str:
    return f"source.kette.{name[7:]}" if name.startswith("source.") else f"model.kette.{name}"


def check(
    name: str, severity: str, on: str | None = None, reads: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "name": name,
        "schema": "dbt_test__audit",
        "config": {"severity": severity},
        "attached_node": node_id(on) if on else None,
        "depends_on": {"nodes": [node_id(each) for each in (on, *reads) if each]},
    }


def manifest(*checks: dict[str, Any]) -> dict[str, Any]:
    nodes = {
        node_id(name): {
            "resource_type": "model",
            "name": name,
            "schema": SCHEMAS[name[:3]],
            "depends_on": {"nodes": [node_id(each) for each in reads]},
        }
        for name, reads in READS.items()
    }
    for seed in ("channels", "blocked_identifiers"):
        nodes[f"seed.kette.{seed}"] = {
            "resource_type": "seed", "name": seed, "schema": "seeds", "depends_on": {"nodes": []},
        }  # fmt: skip
    nodes |= {f"test.kette.{each['name']}": each for each in checks}
    children: dict[str, list[str]] = {}
    for unique_id, node in nodes.items():
        for parent in node["depends_on"]["nodes"]:
            children.setdefault(parent, []).append(unique_id)
    revenue = {"name": "revenue", "depends_on": {"nodes": [node_id("mtr_revenue")]}}
    return {
        "metadata": {"project_name": "kette"},
        "nodes": nodes,
        "child_map": children,
        "exposures": {"exposure.kette.revenue": revenue},
    }


def results(made: dict[str, Any], **other: tuple[str, str]) -> list[dict[str, Any]]:
    """Return dbt's results: everything well but what is named with its status and message."""
    return [
        {
            "unique_id": unique_id,
            "status": status,
            "message": message,
        }
        for unique_id, node in made["nodes"].items()
        for status, message in [
            other.get(
                node["name"], ("pass" if node["resource_type"] == "test" else "success", "OK")
            )
        ]
    ]


def judged(
    made: dict[str, Any],
    found: list[dict[str, Any]],
    unbalanced: tuple[str, ...] = (),
    named: frozenset[str] = frozenset(),
) -> dict[str, withheld.Table]:
    tables = withheld.of_build(made, found, unbalanced, lambda _result: set(named))
    return {table.name: table for table in tables}


def blocked(tables: dict[str, withheld.Table]) -> set[str]:
    return {name for name, table in tables.items() if table.cause}


def test_where_all_is_well_every_published_table_is_fresh() -> None:
    tables = judged(manifest(), results(manifest()))
    assert tables.keys() == PUBLISHED
    assert blocked(tables) == set()
    assert tables["mtr_revenue"].pages == ("revenue",)
    assert tables["channels"].schema_name == "catalogue"


def test_an_unbalanced_load_blocks_what_reads_it_and_nothing_else() -> None:
    tables = judged(manifest(), results(manifest()), unbalanced=("crm deals", "crm unread"))
    assert blocked(tables) == {"dim_accounts", "mtr_revenue"}
    assert tables["mtr_revenue"].cause == Cause("load", "crm deals", "")
    assert str(tables["mtr_revenue"].cause) == "the last load of crm deals does not balance"


def test_a_model_that_fails_blocks_what_reads_it_and_is_named_for_all_of_it() -> None:
    message = (
        "Runtime Error in model int_deals (models/intermediate/int_deals.py)\n  Traceback (most "
        'recent call last):\n    File "x.py", line 3, in model\n  ZeroDivisionError: division by zero'
    )
    tables = judged(
        manifest(),
        results(
            manifest(),
            int_deals=("error", message),
            dim_accounts=("skipped", ""),
            mtr_revenue=("skipped", ""),
        ),
    )
    assert blocked(tables) == {"dim_accounts", "mtr_revenue"}
    cause = Cause("model", "int_deals", "ZeroDivisionError: division by zero")
    assert tables["dim_accounts"].cause == tables["mtr_revenue"].cause == cause


def test_a_broken_key_blocks_its_table_and_what_reads_it() -> None:
    made = manifest(check("unique_fct_chats_chat_id", "error", on="fct_chats"))
    tables = judged(made, results(made, unique_fct_chats_chat_id=("fail", "Got 2 results")))
    assert blocked(tables) == {"fct_chats", "mtr_support"}
    assert tables["fct_chats"].cause == Cause("check", "unique_fct_chats_chat_id", "Got 2 results")


def test_any_other_check_marks_what_it_touches_and_blocks_nothing() -> None:
    made = manifest(check("accepted_values_stg_chats_status", "warn", on="stg_chats"))
    tables = judged(made, results(made, accepted_values_stg_chats_status=("warn", "Got 1 result")))
    assert blocked(tables) == set()
    marked = {name for name, table in tables.items() if table.warnings}
    assert marked == {"fct_chats", "mtr_support"}
    assert tables["fct_chats"].warnings == ("accepted_values_stg_chats_status",)


def test_a_check_that_cannot_run_blocks_nothing_where_it_would_only_warn() -> None:
    made = manifest(check("assert_chats_are_in_order", "warn", reads=("fct_chats",)))
    tables = judged(made, results(made, assert_chats_are_in_order=("error", "no such column")))
    assert blocked(tables) == set()
    assert tables["fct_chats"].warnings == ("assert_chats_are_in_order",)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"fct_chats"}, {"fct_chats", "mtr_support"}),
        (set(), {"dim_accounts", "fct_chats", "mtr_revenue", "mtr_support"}),
    ],
    ids=["its rows name the table", "they do not"],
)
def test_a_lost_measure_blocks_the_tables_that_the_check_names(
    named: set[str], expected: set[str]
) -> None:
    made = manifest(check("assert_joins", "error", reads=("dim_accounts", "fct_chats")))
    tables = judged(
        made, results(made, assert_joins=("fail", "Got 1 result")), named=frozenset(named)
    )
    assert blocked(tables) == expected


def test_what_was_not_built_is_not_fresh() -> None:
    found = [row for row in results(manifest()) if not row["unique_id"].endswith("fct_chats")]
    assert blocked(judged(manifest(), found)) == {"fct_chats"}


def test_what_a_build_said_is_kept_until_it_is_published() -> None:
    made = manifest(check("unique_fct_chats_chat_id", "error", on="fct_chats"))
    tables = judged(made, results(made, unique_fct_chats_chat_id=("fail", "Got 2 results")))
    withheld.remember(tables.values())
    assert withheld.remembered() == {
        (table.schema_name, name): table for name, table in tables.items()
    }


def test_a_page_shows_the_families_that_it_names_or_else_all_of_the_view() -> None:
    given = manifest()
    given["nodes"][node_id("mtr_monthly")] = {
        "resource_type": "model",
        "name": "mtr_monthly",
        "schema": "metrics",
        "depends_on": {"nodes": [node_id("mtr_revenue"), node_id("mtr_support")]},
    }
    for page, reads in {
        "overview": ["mtr_monthly"],
        "support": ["mtr_monthly", "mtr_support"],
        "people": ["dim_accounts"],
    }.items():
        nodes = {"nodes": [node_id(each) for each in reads]}
        given["exposures"][f"exposure.kette.{page}"] = {"name": page, "depends_on": nodes}

    found = {each.name: each for each in withheld.of_build(given, [], [], lambda _result: set())}

    assert found["mtr_revenue"].pages == ("overview", "revenue")
    assert found["mtr_support"].pages == ("overview", "support")
    assert found["dim_accounts"].pages == ("people",)
    # the copy makes it of the families
    assert "mtr_monthly" not in found
