"""Which published tables are older than the publication, and which checks warn about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards import warehouse

if TYPE_CHECKING:
    from datetime import date

    from dashboards.warehouse import Publication

MISSING = "missing"


@dataclass(frozen=True)
class Withheld:
    """Tables that were not renewed, all for one reason and of one day; no day: never published."""

    status: str
    as_of: date | None
    cause: str
    cause_subject: str
    cause_message: str
    tables: list[str]


@warehouse.cached
def _says_of_tables(path: str) -> bool:
    """Return whether the file says what became of its tables: older ones do not."""
    query = (
        "select 1 from duckdb_tables() where schema_name = 'catalogue' and table_name = 'tables'"
    )
    return bool(warehouse.rows(path, query))


@warehouse.cached
def _withheld(path: str, page: str | None) -> list[Withheld]:
    found = warehouse.rows(
        path,
        """
        select
            status,
            as_of,
            coalesce(cause, 'model') as cause,
            coalesce(cause_subject, table_name) as cause_subject,
            coalesce(any_value(cause_message), '') as cause_message,
            list(table_name order by table_name) as tables
        from catalogue.tables
        where status != 'fresh' and ($page is null or list_contains(pages, $page))
        group by all
        order by as_of nulls first, cause, cause_subject
        """,
        {"page": page},
    )
    return [Withheld(**row) for row in found]


def withheld(publication: Publication, page: str | None = None) -> list[Withheld]:
    """Return the tables that were not renewed: those a page reads, or all."""
    return _withheld(publication.path, page) if _says_of_tables(publication.path) else []


@warehouse.cached
def _warnings(path: str, page: str) -> list[str]:
    found = warehouse.rows(
        path,
        """
        select distinct unnest(warnings) as name
        from catalogue.tables
        where list_contains(pages, $page)
        order by name
        """,
        {"page": page},
    )
    return [row["name"] for row in found]


def warnings(publication: Publication, page: str) -> list[str]:
    """Return the checks that warn of what a page shows."""
    return _warnings(publication.path, page) if _says_of_tables(publication.path) else []
