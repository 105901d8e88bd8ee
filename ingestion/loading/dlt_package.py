"""The dlt side of a load: one pipeline per source, one load package at a time.

The warehouse is the pipeline's only memory. Its working folder is deleted before each run, and state
and schema come back from the last committed package. So nothing of a killed run can be loaded later,
and a damaged folder repairs itself.
"""

from __future__ import annotations

import shutil
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    ConfigValueCannotBeCoercedException,
)
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.configuration.specs.base_configuration import is_secret_hint
from dlt.common.storages.load_package import load_package_state
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion import troubles
from ingestion.dlt_home import at_home
from ingestion.errors import KetteError
from ingestion.hiding import learn, learn_address
from ingestion.loading import warehouse
from ingestion.loading.gate import LOAD_ID, ROW_ID
from ingestion.settings import CHECKOUT, check_address, secret_text, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from ingestion.toolkit.source import Load, SourceSettings, Stream

VENV = "site-packages"
KINDS = {"decimal": {"precision": 18, "scale": 4}}


def resolve(load: Load) -> SourceSettings:
    """Return a source's settings, read from the environment and the .dlt folder.

    Raises:
        KetteError: A value has the wrong form; the message names its variable.
    """
    settings()  # reads .env
    at_home()
    try:
        resolved = resolve_configuration(load.settings(), sections=("sources", load.source))
    except ConfigValueCannotBeCoercedException as error:
        expected = getattr(error.hint, "__name__", str(error.hint))
        raise KetteError(
            f"the value has the wrong form, {expected} is expected",
            where=variable(load, error.field_name),
            fix="See .env.example",
        ) from error
    except ConfigFieldMissingException as error:
        raise KetteError(
            f"a setting is missing: {', '.join(error.fields)}", where=load.source
        ) from error
    except ConfigurationException as error:
        raise KetteError(
            str(error).splitlines()[0], where=load.source, fix="See .env.example"
        ) from error
    for name, hint in resolved.get_resolvable_fields().items():
        value = secret_text(resolved.get(name))
        if is_secret_hint(hint):
            learn(value)
        elif "://" in value or "@" in value:
            learn_address(value)
        if name.endswith("_url"):
            check_address(value, variable(load, name))
    resolved.check()
    return resolved


def secret_fields(settings: SourceSettings) -> set[str]:
    """Return which of a source's settings are secrets."""
    hints = settings.get_resolvable_fields()
    return {name for name, hint in hints.items() if is_secret_hint(hint)}


def variable(load: Load, field: str) -> str:
    """Return the environment variable of a source's setting."""
    return f"SOURCES__{load.source.upper()}__{field.upper()}"


def open_pipeline(load: Load) -> dlt.Pipeline:
    """Return the source's pipeline as its last committed package left it.

    Hold the source's and the warehouse's lock meanwhile.
    """
    shutil.rmtree(settings().dlt_home / load.source, ignore_errors=True)
    pipeline = dlt.pipeline(
        load.source,
        destination=_destination(),
        dataset_name=load.schema,
        pipelines_dir=str(settings().dlt_home),
    )
    with plain_errors(load, "reading the state of the last load"):
        pipeline.sync_destination()
    return pipeline


def _destination() -> dlt.destinations.duckdb:
    """Return the warehouse as dlt sees it."""
    credentials = DuckDbCredentials(
        str(settings().warehouse), global_config={"memory_limit": warehouse.MEMORY}
    )
    # without the word dlt takes DuckDB for a database without transactions, and a process that
    # dies between the two halves of a merge loses the rows it was about to replace
    destination = dlt.destinations.duckdb(credentials, supports_transactions=True)
    # dlt looks through all settings for what DuckDB can do, some twenty times in a package
    own = destination.configuration(destination.spec(), accept_partial=True)
    able = destination.capabilities
    destination.capabilities = (  # type: ignore[method-assign]
        lambda config=None, naming=None: able(config or own, naming)
    )
    return destination


def state(pipeline: dlt.Pipeline, load: Load, stream: Stream) -> dict[str, Any]:
    """Return what a stream remembered with its last committed package."""
    sources = pipeline.state.get("sources", {})
    found: dict[str, Any] = sources.get(load.source, {}).get("resources", {}).get(stream.name, {})
    return found


def extract(
    pipeline: dlt.Pipeline,
    stream: Stream,
    tables: Callable[[str], Iterator[pa.Table]],
    remembered: Callable[[], dict[str, Any]],
) -> None:
    """Write one package: what ``tables`` yields for its load id, and the state after it."""

    def pages() -> Iterator[pa.Table]:
        yield from tables(load_package_state()["load_id"])
        memory = dlt.current.resource_state()
        memory.clear()
        memory.update(remembered())

    pipeline.activate()
    pipeline.extract(
        dlt.resource(
            pages,
            name=stream.name,
            columns=_columns(stream),
            primary_key=stream.primary_key,
            write_disposition="merge",
        )
    )
    pipeline.normalize()


def commit(pipeline: dlt.Pipeline) -> None:
    """Merge the package into the warehouse; hold the warehouse lock meanwhile."""
    pipeline.activate()
    # one statement after the other: DuckDB itself uses all cores
    pipeline.load(workers=1)


def _columns(stream: Stream) -> dict[str, Any]:
    columns: dict[str, Any] = {
        name: {
            "name": name,
            "data_type": kind,
            "nullable": name not in stream.primary_key,
            **KINDS.get(kind, {}),
        }
        for name, kind in stream.columns.items()
    }
    for name in (LOAD_ID, ROW_ID):
        columns[name] = {"name": name, "data_type": "text", "nullable": False}
    # of several versions of a key the newest wins; row ids grow, so the last one read does
    columns[stream.newest_by or ROW_ID]["dedup_sort"] = "desc"
    return columns


@contextmanager
def plain_errors(load: Load, doing: str) -> Iterator[None]:
    """Turn what dlt wraps around an error back into the error."""
    try:
        yield
    except PipelineStepFailed as failure:
        # without the chain: messages of libraries quote values
        raise plain(failure, load, doing) from None


def plain(failure: BaseException, load: Load, doing: str) -> BaseException:
    """Return the error at the bottom of dlt's wrappers, as one with a next step.

    Of one that nobody foresaw the place is told and not the message, which may quote a record.
    """
    root = failure
    for error in _causes(failure):
        if isinstance(error, KeyboardInterrupt):
            return error
        root = error
    if sentence := troubles.in_words(failure):
        return sentence
    text = str(root) if isinstance(root, OSError) else _place(root)
    return KetteError(
        f"{type(root).__name__} while {doing}: {text}",
        where=load.source,
        fix="Run again; if it stays, the text above is what to report",
    )


def _place(error: BaseException) -> str:
    """Return where an error comes from: the innermost lines, ours first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        f for f in frames if Path(f.filename).is_relative_to(CHECKOUT) and VENV not in f.filename
    ]
    shown = [*(ours or frames)[-2:], *([frames[-1]] if frames and frames[-1] not in ours else [])]
    return ", ".join(f"{Path(f.filename).name} line {f.lineno} ({f.name})" for f in shown)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # a chain may lead back to where it began
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = getattr(error, "exception", None) or error.__cause__ or error.__context__
