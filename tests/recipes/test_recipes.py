"""Each recipe works as it stands: followed word by word, its example is there, and the rules still hold."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.i18n import en
from dashboards.pages import PAGES
from ingestion.settings import CHECKOUT
from orchestration import scaffold
from tests.conftest import clean_environment
from tests.recipes.look import TODAY
from tests.recipes.steps import PLACE, RecipeError, Step, follow, recipes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADDED = (
    "Add a metric", "Add a touchpoint", "Add a page", "Add a language", "Add a source",
    "After any of them",
)  # fmt: skip
# what holds the rules of the rooms, of texts and of the new page; whole runs are for the whole suite
RULES = (
    "tests/structure",
    "tests/dashboards/test_texts.py",
    "tests/dashboards/test_contracts.py",
)


@dataclass(frozen=True)
class Followed:
    """A copy of the checkout in which every recipe was followed, and what is seen there."""

    checkout: Path
    seen: dict[str, Any]
    run: Callable[[list[str]], str]


def runner(checkout: Path, home: Path) -> Callable[[list[str]], str]:
    """Return what runs a command in the copy, raises where it fails, and gives what it printed."""
    environment = clean_environment(home)
    environment |= {"PYTHONPATH": str(checkout), "KETTE_TODAY": TODAY}

    def run(arguments: list[str]) -> str:
        done = subprocess.run(
            arguments,
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return run


def copy_of_the_checkout(target: Path) -> None:
    """Copy what git tracks or would track, as a checkout of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if (CHECKOUT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, target / name)
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Followed:
    """Follow every recipe, once for all workers of a session."""
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    checkout, note = shared / "recipes", shared / "recipes.json"
    run = runner(checkout, shared / "recipes_home")
    with (shared / "recipes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            shutil.rmtree(checkout, ignore_errors=True)
            copy_of_the_checkout(checkout)
            steps = recipes()
            for title in ADDED:
                for step in steps[title]:
                    follow(step, checkout, run)
            note.write_text(run([sys.executable, "-m", "tests.recipes.look"]).splitlines()[-1])
    return Followed(checkout, json.loads(note.read_text()), run)


def test_every_recipe_of_the_page_is_followed() -> None:
    assert {title for title, steps in recipes().items() if steps} == set(ADDED)


def test_a_source_changes_no_file_of_others_but_its_lines_in_four() -> None:
    places = [PLACE.match(step.said) for step in recipes()["Add a source"]]
    by_hand = {place["path"] for place in places if place and place["path"]}

    # tests/orchestration/test_scaffold.py holds that these are all that the command changes
    by_command = {str(path) for path in (scaffold.REGISTRY, scaffold.OFFERS, scaffold.EXAMPLE)}

    assert by_hand == {str(scaffold.OFFERS), "seeds/touchpoints.csv"}
    assert len(by_hand | by_command) == 4


# `make check` in the copy: a minute
@pytest.mark.proof
def test_the_rules_hold_after_all_recipes(followed: Followed) -> None:
    followed.run([sys.executable, "-m", "ruff", "check", "."])
    followed.run([sys.executable, "-m", "ruff", "format", "--check", "."])
    followed.run([sys.executable, "-m", "codespell_lib"])
    followed.run([sys.executable, "-m", "pytest", "-q", *RULES])


def test_the_new_page_passes_the_tests_that_open_every_page(followed: Followed) -> None:
    path = "tests/dashboards/test_pages.py"
    printed = followed.run([sys.executable, "-m", "pytest", "-q", path, "-k", "conversations"])
    # with rows, without, too old: in three languages each; and one more in each before anything is there
    assert "13 passed" in printed


def test_a_metric_has_rows_and_shows_on_the_overview(followed: Followed) -> None:
    # two accounts pay 100 and 50
    rows = followed.seen["rows"]["metric"]
    assert ["2026-05-01", "all", 150, 2] in rows
    pages = followed.seen["pages"]
    assert pages["en"]["overview"]["figures"]["Revenue per account"] == "€75.00"
    assert pages["de"]["overview"]["figures"]["Umsatz pro Kundenkonto"] == "75,00 €"


def test_the_model_of_a_metric_gives_what_was_worked_out_by_hand(followed: Followed) -> None:
    select = ["--select", "mtr_revenue_monthly,test_type:unit"]
    followed.run([sys.executable, "-m", "orchestration.cli", "dbt", "test", *select])


def test_a_touchpoint_has_its_step_and_its_name(followed: Followed) -> None:
    found = followed.seen["rows"]["touchpoints"]
    assert ["mixpanel", "plan_paused", "renew", "Tarif pausiert", True] in found


def test_every_page_opens_in_every_language(followed: Followed) -> None:
    pages = followed.seen["pages"]
    assert set(pages) == {"en", "de", "fr"}
    for language, by_name in pages.items():
        assert {"conversations", *(page.name for page in PAGES)} == set(by_name)
        for name, page in by_name.items():
            assert page["exceptions"] == [], (language, name)


def test_a_page_has_its_title_in_each_language(followed: Followed) -> None:
    titles = {
        language: by_name["conversations"]["title"]
        for language, by_name in followed.seen["pages"].items()
    }
    assert titles == {"en": ["Conversations"], "de": ["Gespräche"], "fr": ["Conversations"]}


def test_a_language_shows_what_it_has_and_english_for_the_rest(followed: Followed) -> None:
    french = followed.seen["pages"]["fr"]
    assert french["overview"]["title"] == ["Vue d'ensemble"]
    assert "Revenus" in french["overview"]["texts"]
    assert en.TEXTS["overview.customers"] in french["overview"]["texts"]
    assert french["journey"]["title"] == [en.TEXTS["page.journey"]]
    # the metric's name is in the seed in English and German alone; the amount is written the French way
    assert french["overview"]["figures"]["Revenue per account"] == "75,00 €"
    assert followed.seen["rows"]["label"] == [["Site web"], [None]]


def test_a_source_joins_the_journey_and_the_person(followed: Followed) -> None:
    found = followed.seen["rows"]["touchpoints"]
    assert ["zendesk", "ticket_opened", "solve_problem", "Anfrage gestellt", True] in found
    assert followed.seen["rows"]["person"] == [[True]]


@pytest.mark.parametrize(
    "said",
    [
        "And then:",
        "In `README.md`, after `a line that is not there`:",
        "In `no/such/file.py`, the line:",
        "New file `README.md`:",
    ],
)
def test_a_step_that_cannot_be_followed_is_told(said: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Kette\n")
    with pytest.raises(RecipeError):
        follow(Step(said, "text", "x\n"), tmp_path, lambda _command: None)
