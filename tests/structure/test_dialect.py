"""What of the models only DuckDB knows: a short list, so that another warehouse stays within reach.

Every compiled model is read as DuckDB's SQL and written as Spark's, which SQLGlot does for most of it. What
it cannot rename stands in ``DUCKDBS_OWN`` with what it would be elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from explore import macros
from ingestion.settings import CHECKOUT
from tests.chain.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

# written by one macro each, so that another warehouse needs another macro alone
OF_MACROS = {
    "json texts at once": "get_json_object for each",
    "list_avg": "aggregate(…) / size(…)",
    "list_sum": "aggregate",
    "make_timestamptz": "timestamp_micros",
    "nfc_normalize": "a function of one's own",
    "timezone": "from_utc_timestamp and to_utc_timestamp",
    "unpivot": "stack",
}
# written by models: each in one or two, or, as the last two, in many that a macro would make harder to read
OF_MODELS = {
    "asof join": "the last row up to a moment: a join and row_number()",
    "generate_subscripts": "posexplode",
    "json_merge_patch": "a function of one's own",
    "list_has_any": "arrays_overlap",
    "pg_timezone_names": "a seed",
    "printf": "format_string",
    "regexp_escape": "a function of one's own",
    "to_milliseconds": "make_dt_interval",
    "star replace": "the columns by name",
    "union by name": "the columns by name",
}
DUCKDBS_OWN = OF_MACROS | OF_MODELS
# kinds of nodes, which of them only DuckDB knows, and what they are called above
SYNTAX = (
    (exp.SetOperation, lambda node: node.args.get("by_name"), "union by name"),
    (exp.Distinct, lambda node: node.args.get("on"), "distinct on"),
    (exp.Join, lambda node: node.method == "ASOF", "asof join"),
    (exp.Pivot, lambda node: node.args.get("unpivot"), "unpivot"),
    (exp.Star, lambda node: node.args.get("replace"), "star replace"),
    (exp.Columns, lambda _node: True, "columns()"),
    (exp.ArrayOverlaps, lambda _node: True, "list_has_any"),
    (
        exp.JSONExtractScalar,
        lambda node: node.expression.is_string and node.expression.name.startswith("/"),
        "json pointer",
    ),
    (
        exp.JSONExtractScalar,
        lambda node: isinstance(node.expression, exp.Array),
        "json texts at once",
    ),
)


def constructs(sql: str) -> Iterator[str]:
    """Yield what of a statement SQLGlot knows no other name for.

    Raises:
        sqlglot.errors.SqlglotError: It cannot be read, or not be written for Spark.
    """
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for kind, of_duckdb, name in SYNTAX:
        if any(of_duckdb(node) for node in tree.find_all(kind)):
            yield name
    for function in tree.find_all(exp.Anonymous):
        yield function.name.lower()
    # Spark's generator leaves DuckDB's && as it is
    for overlap in tree.find_all(exp.ArrayOverlaps):
        overlap.replace(exp.func("arrays_overlap", overlap.this, overlap.expression))
    written = tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
    sqlglot.parse_one(written, dialect="spark")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select 1 union all by name select 2", {"union by name"}),
        ("select distinct on (a) a, b from t", {"distinct on"}),
        ("select * replace (a + 1 as a) from t", {"star replace"}),
        ("from t asof left join u on t.a = u.a and t.b >= u.b", {"asof join"}),
        ("select timezone('UTC', a), to_months(3) from t", {"timezone", "to_months"}),
        ("unpivot t on a, b into name n value v", {"unpivot"}),
        ("select columns('^a') from t", {"columns()"}),
        ("select list_has_any(a, b) from t", {"list_has_any"}),
        ("select json_extract_string(a, '/$email') from t", {"json pointer"}),
        ("select json_extract_string(a, '$.email') from t", set()),
        ("select json_extract_string(a, ['/b', '/c']) from t", {"json texts at once"}),
        ("select a + interval 1 month * b, (a, b) from t", set()),
        ("select a, count(*) filter (where b > 1) as n from t group by all", set()),
    ],
)
def test_what_only_duckdb_knows_is_found(sql: str, found: set[str]) -> None:
    assert set(constructs(sql)) == found


def test_what_macros_write_is_written_by_no_model() -> None:
    words = {name: name.split()[0] for name in OF_MACROS if not name.startswith("json")}
    wrong = [
        f"{path.name}: {name}"
        for path in (CHECKOUT / "dbt_project/models").rglob("*.sql")
        for name, word in words.items()
        if re.search(rf"\b{word}\b(?!')", path.read_text())
    ]
    assert wrong == []


def test_models_use_of_duckdbs_own_only_what_is_listed() -> None:
    used: dict[str, str] = {}
    for name, node in Project({}).models.items():
        if node.sql:
            used |= dict.fromkeys(constructs(node.sql), name)

    assert {name: model for name, model in used.items() if name not in DUCKDBS_OWN} == {}
    assert DUCKDBS_OWN.keys() - used.keys() == set()


MACROS = {
    "funnel": {
        "events": "fct_touchpoints",
        "steps": ["channel = 'ads'", "channel = 'website'", "channel = 'app'"],
        "window_seconds": 60,
        "exclude": [{"where": "channel = 'chat'", "after": 2}],
        "count": "every",
        "hold": ["source"],
        "known_before": "cast('2026-01-01' as timestamptz)",
    },
    "funnel_summary": {"entries": "entries", "step_count": 3},
    "retention": {
        "events": "fct_touchpoints",
        "born": "channel = 'ads'",
        "returned": "true",
        "known_before": "cast('2026-01-01' as timestamptz)",
    },
    "path_matches": {
        "events": "fct_touchpoints",
        "conditions": ["channel = 'ads'", "channel = 'app'"],
        "pattern": "(?1)(?t<=60)(?2).*(?1)(?t>5)(?2)(?1)",
    },
    "transitions": {"events": "fct_touchpoints", "state": "channel", "longest_seconds": 60},
    "transition_matrix": {"steps": "steps"},
}
STRICTEST = ["strict_order", "strict_deduplication", "strict_once"]


@pytest.mark.parametrize("name", MACROS)
def test_macros_for_any_model_use_of_duckdbs_own_only_what_is_listed(name: str) -> None:
    more = [{}, {"modes": STRICTEST}] if name == "funnel" else [{}]
    for arguments in more:
        assert set(constructs(macros.sql(name, **MACROS[name], **arguments))) <= DUCKDBS_OWN.keys()
