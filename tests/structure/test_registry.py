"""One registry line per source, and everything else that belongs to a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT, KNOWN
from ingestion.webhooks.verifiers import VERIFIERS
from tests.structure.conftest import python_files

if TYPE_CHECKING:
    from ingestion.toolkit.source import Load

ENV_EXAMPLE = (CHECKOUT / ".env.example").read_text()
every_source = pytest.mark.parametrize("load", REGISTRY, ids=lambda load: load.source)


@every_source
def test_a_source_has_a_staging_folder_and_a_page_of_documentation(load: Load) -> None:
    assert (CHECKOUT / "dbt_project/models/staging" / load.source).is_dir()
    assert (CHECKOUT / f"docs/sources/{load.source}.md").is_file()


@every_source
def test_a_source_that_speaks_http_is_played_by_the_sandbox(load: Load) -> None:
    protocol = CHECKOUT / f"ingestion/sandbox/vendors/{load.source}/api.py"
    assert protocol.is_file() == (load.connect is not None)


@every_source
def test_each_setting_of_a_source_is_in_the_example(load: Load) -> None:
    missing = [
        name
        for field in load.settings.get_resolvable_fields()
        if (name := f"SOURCES__{load.source.upper()}__{field.upper()}") not in ENV_EXAMPLE
    ]
    assert missing == []


@every_source
def test_each_stream_is_a_dbt_source_table_and_has_a_staging_model(
    load: Load, manifest: dict[str, Any]
) -> None:
    tables = {
        node["name"]
        for node in manifest["sources"].values()
        if node["source_name"] == load.source and node["schema"] == f"raw_{load.source}"
    }
    assert tables == {stream.name for stream in load.streams}
    read = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "staging"
        for parent in node["depends_on"]["nodes"]
    }
    assert {f"source.kette.{load.source}.{stream.name}" for stream in load.streams} <= read


@every_source
def test_each_stream_says_what_it_holds(load: Load) -> None:
    assert load.description
    assert load.owner
    for stream in load.streams:
        assert stream.description, stream.name
        assert set(stream.primary_key) <= set(stream.columns), stream.name


def test_whoever_is_received_has_a_source_with_that_secret_which_drains_the_inbox() -> None:
    loads = {load.source: load for load in REGISTRY}
    for source, verifier in VERIFIERS.items():
        assert verifier.setting in loads[source].settings().get_resolvable_fields(), source
        code = [
            path for path in python_files("ingestion") if source in {path.stem, path.parent.name}
        ]
        assert any("inbox.claim" in (CHECKOUT / path).read_text() for path in code), source


def test_each_variable_of_ours_is_in_the_example() -> None:
    assert [name for name in KNOWN if name not in ENV_EXAMPLE] == []


def test_each_variable_that_code_names_is_known() -> None:
    named = {
        name
        for path in python_files("ingestion", "explore", "orchestration", "dashboards")
        for name in re.findall(r"\bKETTE_[A-Z_]+[A-Z]\b", (CHECKOUT / path).read_text())
    }
    assert named - {*KNOWN, "KETTE_ENV_FILE"} == set()
