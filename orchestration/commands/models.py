"""`kette dbt`: the models by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.commands.common import check_settings, progress


def dbt(
    context: typer.Context,
    dev: Annotated[  # noqa: FBT002 - Typer hands flags over by position
        bool, typer.Option("--dev", help="Work on a copy of the warehouse.")
    ] = False,
    fresh: Annotated[  # noqa: FBT002 - as above
        bool, typer.Option("--fresh", help="With --dev: copy the warehouse again.")
    ] = False,
) -> None:
    """Run dbt with the settings of a run: build, test or look at single models.

    Everything behind `dbt` goes to it as it is. Models see the same day, time zone and decisions
    about identities as in `kette run`, and other writers of the warehouse are waited for by what
    opens it; `ls`, `parse` and `docs serve` wait for nobody and keep nobody waiting.

    With `--dev` (before dbt's own words) it works on a copy under `$KETTE_HOME/dev/`: no lock, nothing
    published, and quicker. `docs/develop.md` has more, also for editors.

    **Writes** what dbt writes. What is changed by hand is published only after a whole `kette run`,
    which builds and tests everything.

    **Examples**: `kette dbt build --select dim_customers+` · `kette dbt show --select
    fct_touchpoints --limit 20` · `kette dbt test --select test_type:unit`

    **Exit codes**: dbt's own: 0 done · 1 a model or test failed · 2 wrong usage.
    """
    check_settings()
    from orchestration import by_hand

    with progress():
        if dev:
            raise typer.Exit(by_hand.develop(context.args, is_fresh=fresh))
        raise typer.Exit(by_hand.run(context.args))
