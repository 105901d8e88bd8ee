"""`kette drivers`: what affects retention most, with its interval and what it is worth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVERYBODY = "all"
ROLES = {"driver": "What you decide on", "mediator": "Signs that follow from it"}
STATUSES = {"found": "found", "not_found": "could be chance", "no_overlap": "not comparable"}
QUERY = """
    select
        found.*, words.label_en
    from marts.fct_retention_drivers as found
    inner join catalogue.driver_candidates as words on found.feature = words.feature
    where
        $segment in (found.segment, found.segment_kind || '=' || found.segment)
        and ($segment != 'all' or found.segment_kind = 'all')
    order by
        found.status = 'found' desc, abs(found.effect) desc nulls last, found.missing_count,
        found.retention_driver_id
"""


def drivers(
    segment: Annotated[
        str, typer.Option(help="Among whom: all, first_months, later, or a persona.")
    ] = EVERYBODY,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,  # noqa: FBT002 - Typer hands flags over by position
) -> None:
    """Print what affects retention most: adjusted effect, interval, plain effect, reach and worth.

    An effect is how many accounts of 100 more still pay after the horizon on one side of a candidate
    than on the other, all else being equal. *Missing* says how many accounts that left or stayed a side
    lacks. `docs/drivers.md` says how it is worked out.

    **Writes** nothing; it reads what is published.

    **Examples**: `kette drivers` · `kette drivers --segment later` · `kette drivers --json`

    **Exit codes**: 0 answered · 1 nothing is published, or there is no such segment.
    """
    check_settings()
    from ingestion.errors import KetteError
    from orchestration.identity_review import lookup

    with lookup.published() as connection:
        rows = lookup.rows(connection, QUERY, {"segment": segment})
        names = lookup.rows(
            connection, "select distinct segment from marts.fct_retention_drivers order by segment"
        )
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=float))
        return
    if not rows:
        known = ", ".join(row["segment"] for row in names)
        if known:
            raise KetteError(
                f"there is no segment {segment!r}", where="drivers", fix=f"Name one of: {known}"
            )
        console().print("No account has been watched for long enough yet.")
        return
    for role, title in ROLES.items():
        _show(title, [row for row in rows if row["feature_role"] == role])


def _show(title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for name in ("candidate", "of 100", "95 %", "plain", "q", "reach", "worth", "verdict"):
        is_text = name in {"candidate", "verdict"}
        table.add_column(
            name,
            justify="left" if is_text else "right",
            no_wrap=not is_text,
            overflow="fold",
            # on a narrow screen words stay whole
            min_width=20 if name == "candidate" else None,
        )
    for row in rows:
        table.add_row(*_cells(row))
    console().print(table)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    name = row["label_en"] + (f": {row['feature_level']}" if row["feature_level"] else "")
    verdict = (
        f"{row['missing_count']} missing" if row["status"] == "too_few" else STATUSES[row["status"]]
    )
    if row["effect"] is None:
        return name, "–", "–", _points(row["unadjusted_effect"]), "–", "–", "–", verdict
    return (
        name,
        _points(row["effect"]),
        f"{_points(row['effect_low'])} to {_points(row['effect_high'])}",
        _points(row["unadjusted_effect"]),
        f"{row['q_value']:.3f}",
        f"{row['reach_account_count']:,}",
        f"{row['worth_mrr_amount']:,.0f}",
        verdict,
    )


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.1f}"
