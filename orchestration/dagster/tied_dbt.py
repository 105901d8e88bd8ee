"""The dbt command line as Dagster's steps start it."""

from __future__ import annotations

from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

from dagster_dbt import DbtCliResource
from packaging import version

from orchestration import project
from orchestration.host import tied

if TYPE_CHECKING:
    from dagster_dbt import DbtCliInvocation


class TiedDbt(DbtCliResource):
    """The dbt command line as a process that ends with whoever calls it, started once for a build."""

    def cli(self, *arguments: Any, **options: Any) -> DbtCliInvocation:
        """Start dbt."""
        python, *flags = tied.command(self.dbt_executable, *self.global_config_flags)
        # the caller's number stays out of what Dagster keeps of the job
        now = self.model_copy(update={"dbt_executable": python, "global_config_flags": flags})
        return super(TiedDbt, now).cli(*arguments, **options)

    @cached_property
    def _cli_version(self) -> version.Version:
        # else a dbt is started to ask it
        return version.parse(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, _args: Any) -> None:  # type: ignore[override]
        # it would load dbt into this process for counts and columns that nobody fetches
        return None


def resource() -> TiedDbt:
    """Return the dbt command line with the project's folders."""
    return TiedDbt(
        project_dir=str(project.PROJECT_DIR),
        profiles_dir=str(project.PROJECT_DIR),
        dbt_executable=project.dbt_executable(),
        global_config_flags=["--no-use-colors"],
    )
