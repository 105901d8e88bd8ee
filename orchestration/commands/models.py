"""`kette dbt`: the models by hand."""

from __future__ import annotations

import typer

from orchestration.commands.common import check_settings


def dbt(context: typer.Context) -> None:
    """Run dbt with the settings of a run: build, test or look at single models.

    Everything behind `dbt` goes to it as it is. Models see the same day, time zone and decisions
    about identities as in `kette run`, and other writers of the warehouse are waited for.

    **Writes** what dbt writes. What is changed by hand is published only after a whole `kette run`,
    which builds and tests everything.

    **Examples**: `kette dbt build --select dim_customers+` · `kette dbt show --select
    fct_touchpoints --limit 20` · `kette dbt test --select test_type:unit`

    **Exit codes**: dbt's own: 0 done · 1 a model or test failed · 2 wrong usage.
    """
    check_settings()
    from orchestration import by_hand

    raise typer.Exit(by_hand.run(context.args))
