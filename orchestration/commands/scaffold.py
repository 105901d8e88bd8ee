"""`kette new-source`: the files of a new source, ready to be filled."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.commands.common import console


def new_source(
    name: Annotated[str, typer.Argument(help="The service's name in snake_case, e.g. zendesk.")],
    stream: Annotated[
        str, typer.Option(help="The first table: the API's own noun, in the plural.")
    ] = "records",
) -> None:
    """Write the skeleton of a new source: everything it needs, and a test that passes.

    **Writes** `ingestion/sources/<name>.py`, its vendor in the sandbox, its line in
    `ingestion/registry.py`, its lines in `.env.example`, the folder
    `dbt_project/models/staging/<name>/` with the source, a staging model and their documentation,
    and `tests/ingestion/sources/test_<name>.py`. `docs/data-model.md` is written anew, so that
    `make check` holds. Assets, schedules, freshness and checks follow from the registry.

    **Example**: `kette new-source zendesk --stream tickets`, then
    `.venv/bin/python -m pytest tests/ingestion/sources/test_zendesk.py`

    **Exit codes**: 0 written · 1 the name is taken or no snake_case word, and nothing is written; or
    the dbt project does not parse, and `make docs` is left to be done.
    """
    from ingestion.settings import CHECKOUT
    from orchestration import reference, scaffold

    written = scaffold.write(name, stream)
    written += [path.relative_to(CHECKOUT) for path in reference.write()]
    for path in written:
        console().print(f"  {path}", highlight=False)
    console().print(f"Next: fill in ingestion/sources/{name}.py; docs/recipes.md has the recipe.")
