"""The page that shows who is who, why, and what a person may decide about it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from dashboards.components import identity, identity_graph
from dashboards.i18n import LANGUAGES, TEXTS
from tests.dashboards import worked_example, worked_identity
from tests.dashboards.control_fixture import record_load, record_publication, record_run
from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import ANNA, ANONYMOUS, AS_OF, FORMER_ANNA

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit

PAGE = "identity_map.py"
EN = TEXTS["en"]


def show(visit: Visit, look: str) -> AppTest:
    app = visit(PAGE)
    app.session_state["look"] = look
    app.run()
    assert not app.exception
    return app


def graph(app: AppTest) -> str:
    (chart,) = app.get("graphviz_chart")
    return str(chart.proto.spec)


def test_the_head_tells_how_large_and_how_right_the_map_is(full: Path, visit: Visit) -> None:
    app = visit(PAGE)
    found = metrics(app)
    assert found["Persons"] == "4"
    assert found["Identified"] == "75.0%"
    assert found["Identifiers per person"] == "2.2"
    # of eight pairs a percentage would claim more than they prove
    assert (found["Precision"], found["Recall"], found["F1"]) == ("6 of 7", "6 of 8", "–")
    shown = texts(app)
    assert "95% interval 48.7%–97.4% · 6 of 7" in shown
    assert any("before 3 Mar 2026" in text for text in shown)
    # eight pairs prove little, and five more prove nothing new
    assert any(text.startswith("Only 8 pairs") for text in shown)
    assert any("Not counted: 5 pairs" in text and "(100.0%)" in text for text in shown)


def test_the_scores_of_enough_pairs_are_shares_on_the_page_data_health_too(
    full: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "ENOUGH_PAIRS", 8)
    record_run()
    record_load("mixpanel", "export_events")
    record_publication()
    found = metrics(visit("data_health.py"))
    assert (found["Precision"], found["Recall"], found["F1"]) == ("85.7%", "75.0%", "80.0%")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("script", [PAGE, "data_health.py"])
def test_where_nothing_can_be_measured_the_page_says_so(
    script: str, language: str, kette_home: Path, visit: Visit
) -> None:
    publish(worked_example.rows(), as_of=AS_OF)
    record_run()
    app = visit(script, language)
    assert not app.exception
    assert any(TEXTS[language]["map.labels.empty"] in text for text in texts(app))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("script", [PAGE, "data_health.py"])
def test_pairs_that_were_only_told_again_make_no_score(
    script: str, language: str, kette_home: Path, visit: Visit
) -> None:
    rows = worked_example.rows() | worked_identity.rows()
    for table in ("marts.fct_identity_labels", "metrics.mtr_identity_verdicts"):
        rows[table] = [row for row in rows[table] if row["is_repeated"]]
    publish(rows, as_of=AS_OF)
    record_run()
    app = visit(script, language)
    assert not app.exception
    assert not {TEXTS[language][f"map.{name}"] for name in ("precision", "recall", "f1")} & set(
        metrics(app)
    )
    # what the sentences say before their first figure
    for key in ("map.labels.none_new", "map.labels.again"):
        begins = TEXTS[language][key].split("{")[0]
        assert any(begins in text for text in texts(app))


def test_the_largest_person_comes_first_with_the_links_to_doubt(full: Path, visit: Visit) -> None:
    app = visit(PAGE)
    opening = [button for button in app.button if str(button.key).startswith("open-")]
    assert opening[0].key == f"open-{ANNA}"
    shown = " ".join(texts(app)).replace("\\", "")
    assert "Weakest link: Device device-two – User id u-1001" in shown
    assert "2 identifiers would split off" in shown


def test_a_person_opens_as_a_graph_with_the_weakest_link_marked(full: Path, visit: Visit) -> None:
    app = visit(PAGE)
    app.button(key=f"open-{ANNA}").click().run()
    assert not app.exception
    assert app.header[0].value == "Anna Berg"
    drawn = graph(app)
    for value in ("device-one", "device-two", "u-1001", "501"):
        assert value in drawn
    marked = [line for line in drawn.splitlines() if identity_graph.WEAK in line]
    assert len(marked) == 1
    assert "weakest link" in marked[0]
    assert "Login ×3" in marked[0]
    first = tables(app).splitlines()[0]
    assert first.startswith("Device device-two | User id u-1001 | Login ×3 | 2 May 2026")
    assert "weakest link" in first


def test_where_pages_only_read_the_command_that_takes_a_link_apart_can_be_copied(
    full: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_DECIDE_ON_PAGES", "0")
    app = visit(PAGE, customer=ANNA)
    words = shlex.split(app.code[0].value)
    assert words[:3] == ["kette", "identity", "cut"]
    assert words[3:5] == ["device_id@mixpanel:device-two", "user_id@mixpanel:u-1001"]
    app.selectbox(key=f"link-{ANNA}").select_index(1).run()
    words = shlex.split(app.code[0].value)
    assert words[3:5] == ["crm_contact_id@hubspot:501", "email@global:anna.berg@nordwind.example"]


@pytest.mark.parametrize("typed", ["anna", "device-two", "+49 1511 2345678", FORMER_ANNA])
def test_a_person_is_found_by_name_or_any_identifier(typed: str, full: Path, visit: Visit) -> None:
    app = visit(PAGE)
    app.text_input(key="q").input(typed).run()
    assert not app.exception
    opening = [button.key for button in app.button if str(button.key).startswith("open-")]
    assert opening == [f"open-{ANNA}"]


def test_a_person_with_one_identifier_needs_no_graph(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANONYMOUS)
    assert not app.exception
    assert not app.get("graphviz_chart")
    assert any(EN["map.single"] in text for text in texts(app))
    assert "device-nobody" in tables(app)


def test_refused_links_are_told_with_their_reason(full: Path, visit: Visit) -> None:
    app = show(visit, "refused")
    cells = tables(app)
    assert "The value is blocked because it identifies no one | 2 | 3" in cells
    assert "A person would have too many: User id | 1 | 2" in cells
    assert "User id u-1001 | Device none | Login | Mixpanel | 1 Mar 2026 | 1" in cells
    app.selectbox(key="reason").select_index(1).run()
    assert "Device kiosk" in tables(app)


def test_suspected_values_come_as_lines_for_the_seed(full: Path, visit: Visit) -> None:
    app = show(visit, "proposals")
    assert "E-mail | demo@form.example | 5 (usual: 1.2) | 9 (usual: 2.1)" in tables(app)
    lines = app.code[0].value.splitlines()
    assert lines[0] == "email,exact,demo@form.example,…"
    # a comma or a quotation mark in a value stays in its field
    assert lines[1].startswith('email,exact,"=hyperlink(""https://evil.example"")')


def test_what_the_map_had_wrong_is_listed(full: Path, visit: Visit) -> None:
    cells = tables(show(visit, "labels"))
    assert "Login | Mixpanel | for the first time | 6 | 1 | 0 | 2" in cells
    assert "Login | Mixpanel | again | 5 | 0 | 0 | 0" in cells
    assert "Records merged in the CRM | HubSpot | for the first time | 0 | 0 | 1 | 0" in cells
    assert (
        "Device device-6 | User id u-1001 | Login | Mixpanel | 7 Apr 2026 | contradicted" in cells
    )


def chain(length: int) -> list[dict[str, Any]]:
    """Return the links of a person whose identifiers form a chain, the weakest in the middle."""
    ranks = [length if step == length // 2 else step for step in range(length)]
    return [
        {
            "left_type": "email", "left_namespace": "global", "left_value": f"m{step}",
            "right_type": "email", "right_namespace": "global", "right_value": f"m{step + 1}",
            "strength_rank": rank, "is_backbone": True, "is_bridge": True, "split_size": 1,
            "evidence": None,
        }
        for step, rank in enumerate(ranks)
    ]  # fmt: skip


def test_of_a_large_person_what_is_around_the_weakest_link_is_drawn() -> None:
    drawn = identity_graph.nearest(chain(1000))
    assert len(drawn) == identity_graph.NODES_AT_MOST
    values = {value for _, _, value in drawn}
    assert values == {f"m{step}" for step in range(471, 531)}


def test_a_value_cannot_write_graph_language() -> None:
    hostile = 'x" fillcolor="red\\'
    quoted = identity_graph.quoted(hostile)
    assert quoted == '"x\\" fillcolor=\\"red\\\\"'
