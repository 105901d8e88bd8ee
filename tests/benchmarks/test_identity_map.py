"""How long the map of persons takes beside the bare connected components of the same graph.

Every method begins with evidence in a DuckDB file whose identifiers are text, and ends with a
table in another file. scipy alone knows no rules, no types and no order: it is the least that a map
can cost.
"""

from __future__ import annotations

import math
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.benchmarks.measuring import Cost, measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record

SUBJECT = "Map of persons"
SMALL, LARGE = 1_000_000, 10_000_000
MOST_MEMORY_MB = 6 * 1024
TIMES = 2

# A person has a user id, an e-mail and up to eight devices, and some a CRM contact. One device in
# fifty is used by a second person, and one address in 10,000 is a form's dummy. The same link is
# seen again now and then.
MAKE = """
create table evidence as
with persons as (
    select i as person, 1 + (hash(i) % 8)::int as devices from range($links // 6) as numbers(i)
), seen as (
    select person, 'user_id' as left_type, 'mixpanel' as left_namespace,
        'user-' || md5(person::varchar)[:12] as left_value,
        'device_id' as right_type, 'mixpanel' as right_namespace,
        md5(person || '/' || unnest(range(devices))) as right_value,
        'mixpanel' as source, 'login' as kind
    from persons
    union all
    select person, 'user_id', 'mixpanel', 'user-' || md5(person::varchar)[:12],
        'device_id', 'mixpanel', md5((person + 1) || '/0'), 'mixpanel', 'login'
    from persons where person % 50 = 0
    union all
    select person, 'user_id', 'mixpanel', 'user-' || md5(person::varchar)[:12],
        'email', 'global',
        case when person % 10000 = 0 then 'test@test.com'
            else 'person.' || person || '@' || (person % 5000) || '.example' end,
        'mixpanel', 'login'
    from persons
    union all
    select person, 'crm_contact_id', 'hubspot', (7000000 + person)::varchar,
        'email', 'global', 'person.' || person || '@' || (person % 5000) || '.example',
        'hubspot', 'crm_field'
    from persons where person % 2 = 0
)
select * exclude (person),
    make_timestamp(1767225600000000 + (hash(person, right_value) % 31536000)::bigint * 1000000)
        at time zone 'UTC' as first_seen_at,
    first_seen_at + interval 30 days as last_seen_at
from seen
order by hash(left_value, right_value)
limit $links;
create table nodes as
with sides as (
    select left_type as t, left_namespace as n, left_value as v, first_seen_at from evidence
    union all
    select right_type, right_namespace, right_value, first_seen_at from evidence
)
select t as identifier_type, n as identifier_namespace, v as identifier_value,
    min(first_seen_at) as first_seen_at, false as is_shared
from sides group by all
"""
# a chain of 3,000 addresses, and one that stands in 100,000 accounts
ODD = """
create table evidence as
select 'email' as left_type, 'global' as left_namespace, 'chain-' || i || '@a.example' as left_value,
    'email' as right_type, 'global' as right_namespace,
    'chain-' || i + 1 || '@a.example' as right_value,
    'crm' as source, 'crm_field' as kind, timestamptz '2026-01-01' as first_seen_at,
    timestamptz '2026-02-01' as last_seen_at
from range(2999) as numbers(i)
union all
select 'user_id', 'mixpanel', 'u-' || i, 'email', 'global', 'office@b.example', 'mixpanel', 'login',
    timestamptz '2026-01-01', timestamptz '2026-02-01'
from range(100000) as numbers(i);
create table nodes as
select left_type as identifier_type, left_namespace as identifier_namespace,
    left_value as identifier_value, first_seen_at, false as is_shared
from evidence
"""

CONNECT = """
import duckdb
c = duckdb.connect(sys.argv[1])
c.execute("set enable_progress_bar = false; set TimeZone = 'UTC'; set memory_limit = '1GB'")
c.execute(f"attach '{sys.argv[2]}' as graph (read_only)")
"""
MAP_SETUP = (
    CONNECT
    + """
from orchestration.insight.identity import resolve
rules = c.sql("from read_csv('seeds/identity_rules.csv') where entity = 'person'").to_arrow_table()
blocked = c.sql("from read_csv('seeds/blocked_identifiers.csv', all_varchar = true)").to_arrow_table()
"""
)
MAP = """
found = resolve.resolve(
    c.table("graph.nodes").to_arrow_reader().read_all(),
    c.table("graph.evidence").to_arrow_reader().read_all(),
    rules,
    blocked,
)
c.execute(
    "create table map as select *, 'c' || md5(concat_ws(chr(31), canonical_type, "
    "canonical_namespace, canonical_value)) as customer_id from found"
)
c.close()
"""
PAIRS = (
    "concat_ws(':', left_type, left_namespace, left_value) as l, "
    "concat_ws(':', right_type, right_namespace, right_value) as r"
)
SCIPY_SETUP = (
    CONNECT
    + """
import numpy as np, pandas as pd, pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
"""
)
SCIPY = f"""
edges = c.sql("select {PAIRS} from graph.evidence").to_arrow_table()
both = pa.chunked_array([*edges["l"].chunks, *edges["r"].chunks]).combine_chunks().dictionary_encode()
codes, n = both.indices.to_numpy(), len(both.dictionary)
l, r = codes[: len(edges)], codes[len(edges) :]
ones = np.ones(len(l), dtype=np.int8)
component = connected_components(coo_array((ones, (l, r)), shape=(n, n)).tocsr(), directed=False)[1]
"""
WRITE = """
found = pa.table({"id": both.dictionary, "component": component})
c.execute("create table map as from found")
c.close()
"""
NETWORKX_SETUP = CONNECT + "import networkx, pyarrow as pa"
NETWORKX = f"""
graph = networkx.Graph()
edges = c.sql("select {PAIRS} from graph.evidence").to_arrow_table()
graph.add_edges_from(zip(edges["l"].to_pylist(), edges["r"].to_pylist()))
ids, components = [], []
for number, members in enumerate(networkx.connected_components(graph)):
    ids.extend(members)
    components.extend([number] * len(members))
found = pa.table({{"id": ids, "component": components}})
c.execute("create table map as from found")
c.close()
"""
SPLINK_SETUP = (
    CONNECT
    + """
import logging
logging.disable(logging.CRITICAL)
from splink import DuckDBAPI
from splink.clustering import cluster_pairwise_predictions_at_threshold
"""
)
SPLINK = f"""
c.execute("create table edges as select distinct {PAIRS} from graph.evidence")
c.execute("create table ids as select l as id from edges union select r from edges")
api = DuckDBAPI(connection=c)
found = cluster_pairwise_predictions_at_threshold(
    nodes=api.register(c.table("ids")), edges=api.register(c.table("edges")),
    db_api=api, node_id_column_name="id", edge_id_column_name_left="l", edge_id_column_name_right="r",
)
c.execute(f"create table map as from {{found.physical_name}}")
c.close()
"""
USING_KEY = f"""
c.execute("create table edges as select {PAIRS} from graph.evidence")
c.execute("create table ends as select l as u, r as v from edges union select r, l from edges")
c.execute('''
    create table map as
    with recursive reached(id, component) using key (id) as (
        select u, min(u) from ends group by u
        union
        select ends.v, min(f.component)
        from reached as f
        inner join ends on ends.u = f.id
        inner join recurring.reached as known on known.id = ends.v
        where f.component < known.component
        group by ends.v
    )
    from reached
''')
c.close()
"""


@pytest.fixture
def graph(big_home: Path, request: pytest.FixtureRequest) -> Path:
    """Return a DuckDB file with evidence and nodes."""
    path = big_home / "graph.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(request.param)
    return path


def cost(setup: str, work: str, graph: Path, times: int = TIMES) -> Cost:
    """Return what it takes from the graph's file to a table in a new one."""
    out = graph.parent / "out.duckdb"
    # each time begins with a new file
    fresh = "from pathlib import Path; Path(sys.argv[1]).unlink(missing_ok=True)\n" + setup
    return measured(fresh, work, graph.parent, out, graph, times=times)


def of_size(links: int) -> str:
    return MAKE.replace("$links", str(links))


def mapped(graph: Path) -> list[tuple[int, int]]:
    """Return how many identifiers and persons the map has."""
    with closing(duckdb.connect(str(graph.parent / "out.duckdb"))) as connection:
        return connection.execute(
            "select count(*), count(distinct customer_id) from map where refusal_reason is null"
        ).fetchall()


seconds_by_size: dict[int, float] = {}


@pytest.mark.parametrize(
    ("graph", "links"), [(of_size(SMALL), SMALL), (of_size(LARGE), LARGE)], indirect=["graph"]
)
def test_the_map_costs_little_more_than_its_components(
    graph: Path, links: int, record: Record
) -> None:
    subject, bar = (
        f"{SUBJECT}, {links // 1_000_000} million links",
        "≤ 3" if links == SMALL else "≤ 2.5",
    )
    whole = cost(MAP_SETUP, MAP, graph)
    ((identifiers, persons),) = mapped(graph)
    assert links / 8 < persons < links / 5 < identifiers
    bare = cost(SCIPY_SETUP, SCIPY, graph)
    written = cost(SCIPY_SETUP, SCIPY + WRITE, graph)
    seconds_by_size[links] = whole.seconds
    record(
        subject, "links a second: rules, ids and writing included", f"{links / whole.seconds:,.0f}"
    )
    record(subject, "peak memory", f"{whole.peak_mb:,.0f} MB", f"≤ {MOST_MEMORY_MB:,} MB")
    record(subject, "time as a multiple of scipy's components, written", ratio(whole, written), bar)
    record(subject, "time as a multiple of scipy's components, not written", ratio(whole, bare))
    if links == SMALL:
        others = {
            "networkx": cost(NETWORKX_SETUP, NETWORKX, graph, 1),
            "Splink's clustering": cost(SPLINK_SETUP, SPLINK, graph, 1),
            "DuckDB's recursive `using key`": cost(CONNECT, USING_KEY, graph, 1),
        }
        for name, other in others.items():
            record(subject, f"{name} as a multiple of scipy's components", ratio(other, written))
    else:
        grown = math.log(seconds_by_size[LARGE] / seconds_by_size[SMALL]) / math.log(LARGE / SMALL)
        record(subject, "growth exponent from one million to ten", f"{grown:.2f}", "≤ 1.15")
    assert whole.peak_mb <= MOST_MEMORY_MB


@pytest.mark.parametrize("graph", [ODD], indirect=True)
def test_a_long_chain_and_a_huge_neighbourhood_are_handled(graph: Path, record: Record) -> None:
    whole = cost(MAP_SETUP, MAP, graph)
    with closing(duckdb.connect(str(graph.parent / "out.duckdb"))) as connection:
        largest = connection.execute(
            "select count(*) from map group by customer_id order by 1 desc limit 1"
        ).fetchall()
        refused = connection.execute(
            "select identifier_value, link_count from map where refusal_reason = 'over_degree_cap'"
        ).fetchall()
    assert largest == [(3000,)]
    assert refused == [("office@b.example", 100_000)]
    record(SUBJECT, "a chain of 3,000 and a node of 100,000 neighbours", f"{whole.seconds:.1f} s")


def ratio(one: Cost, other: Cost) -> str:
    return f"{one.seconds / other.seconds:.1f}"
