"""What pages and commands ask about figures as known, joined once in the copy they read.

``history.figures_as_known`` has the value of each figure and from when until when it was said;
``history.closed_figures`` what was said when its month was first over, and now;
``history.figure_causes`` which rows behind it changed in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

FIGURES_AS_KNOWN = """
create table history.figures_as_known as
select
    figures.* exclude (sum_of_squares),
    published.published_at, published.as_of, replaced.published_at as replaced_at,
    case
        when figures.denominator is null then figures.numerator
        when figures.denominator != 0 then figures.numerator / figures.denominator
    end as value,
    -- the month was over when this was published
    figures.period_start + interval 1 month <= published.as_of as is_closed
from history.known_figures as figures
inner join history.publications as published on figures.known_from = published.version
left join history.publications as replaced on figures.known_until = replaced.version
"""

CLOSED_FIGURES = """
create table history.closed_figures as
with closed as (
    select months.period_start, min(publications.version) as version
    from (select distinct period_start from history.known_figures) as months
    inner join history.publications as publications
        on months.period_start + interval 1 month <= publications.as_of
    group by months.period_start
)
select
    now_known.metric, now_known.period_start, now_known.journey_phase,
    closed.version as closed_version, published.published_at as closed_at,
    at_close.value as value_at_close, now_known.value,
    now_known.known_from as changed_version, now_known.published_at as changed_at,
    (
        select count(*)
        from history.known_figures as steps
        where
            steps.metric = now_known.metric and steps.period_start = now_known.period_start
            and steps.journey_phase = now_known.journey_phase
            and steps.known_from > closed.version
    ) as change_count
from history.figures_as_known as now_known
inner join closed on now_known.period_start = closed.period_start
inner join history.publications as published on closed.version = published.version
left join history.figures_as_known as at_close
    on now_known.metric = at_close.metric
    and now_known.period_start = at_close.period_start
    and now_known.journey_phase = at_close.journey_phase
    and at_close.known_from <= closed.version
    and (at_close.known_until is null or at_close.known_until > closed.version)
where now_known.known_until is null
"""

# rows_months of the seed: 0 is the figure's own month, 3 the third after it, 0+ every later one too
FIGURE_CAUSES = """
create table history.figure_causes as
with counted_from as (
    select
        asked.metric, asked.period_start, metrics.rows_model,
        cast(rtrim(metrics.lag, '+') as integer) as lag_months,
        metrics.lag like '%+' as is_later_too
    from (select distinct metric, period_start from history.known_figures) as asked
    inner join (
        select metric, rows_model, unnest(string_split(rows_months, ' ')) as lag
        from catalogue.metrics
        where rows_model != '' and rows_months != ''
    ) as metrics on asked.metric = metrics.metric
)
select
    counted_from.metric, counted_from.period_start, changes.change_id, changes.version,
    published.published_at, changes.model, changes.period_start as rows_month,
    changes.change, changes.columns, changes.row_count, changes.measures, changes.rows
from history.row_changes as changes
inner join history.publications as published on changes.version = published.version
inner join counted_from
    on changes.model = counted_from.rows_model
    and (
        changes.period_start = counted_from.period_start + to_months(counted_from.lag_months)
        or (counted_from.is_later_too and changes.period_start > counted_from.period_start)
    )
"""


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables in a copy that has its history and its catalogue."""
    connection.execute(FIGURES_AS_KNOWN)
    connection.execute(CLOSED_FIGURES)
    found = connection.execute(
        """
        select count(*)
        from duckdb_columns()
        where
            schema_name = 'catalogue' and table_name = 'metrics'
            and column_name in ('rows_model', 'rows_months')
        """
    ).fetchall()
    # a warehouse built by an older version does not say which rows a figure is counted from
    if found[0][0]:
        connection.execute(FIGURE_CAUSES)
