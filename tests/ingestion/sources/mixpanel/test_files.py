"""The files in between: gone when a load ends, however it does."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from ingestion.errors import KetteError
from ingestion.settings import settings
from tests.ingestion.sources.mixpanel.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ingestion.sources.project import Project


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Leave what is in a circle alone: a file must not wait for it."""
    gc.disable()
    yield
    gc.enable()


def left() -> list[str]:
    return [path.name for path in (settings().home / "tmp").glob("*")]


def test_no_file_is_left_of_a_load_that_passed(project: Project) -> None:
    load()
    load()
    assert left() == []


def test_no_file_is_left_of_a_load_that_failed(project: Project) -> None:
    project.spoiled = dict.fromkeys(range(1, 99), lambda body: body + b"terminated early\n")
    with pytest.raises(KetteError, match="ended early"):
        load()
    assert left() == []
