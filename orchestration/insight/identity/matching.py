"""Records that may be the same person or company: pairs with a probability, by Splink on DuckDB.

Splink weighs agreements as Fellegi and Sunter do (A Theory for Record Linkage, JASA 64, 1969): what
two records of one person have alike counts the more, the seldomer it is alike by chance. How often
it is so by chance is measured on the records themselves; how often one person's records agree is
stated in ``KINDS``, since a few hundred records without labels teach nothing about that.
"""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

# the pairs by which chance agreement is measured, and where that begins: the same each time
SAMPLED_PAIRS, SEED = 1_000_000, 1
# how many of the pairs that are one's the rules called sure find, and how many records have
# another of the same one at least
SURE_RECALL, LEAST_SHARE = 0.8, 0.05
# among fewer a value looks common because the two who are one have it
RECORDS_THAT_TELL_RARITY = 1_000
ID = "record_id"


class Kind(StrEnum):
    """What a column holds, and so how alike two of its values can be."""

    NAME = "name"
    # a company's, without its legal form: nearly unique, and a word of it makes it another's
    COMPANY = "company"
    # of which many have the same: agreement on a rare one says more
    PLACE = "place"
    # digits in which one is easily mistaken: telephone, social security, postcode
    NUMBER = "number"
    # as text, YYYYMMDD
    DATE = "date"
    EMAIL = "email"


class Agreement(StrEnum):
    """How two values compare."""

    SAME = "same"
    SIMILAR = "similar"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


# How often two records of one person agree in each way, from equal to different.
KINDS = {
    Kind.NAME: (0.65, 0.15, 0.03, 0.03, 0.14),
    Kind.COMPANY: (0.75, 0.08, 0.07, 0.1),
    Kind.PLACE: (0.8, 0.2),
    Kind.NUMBER: (0.82, 0.12, 0.02, 0.04),
    Kind.DATE: (0.92, 0.02, 0.005, 0.005, 0.01, 0.04),
    Kind.EMAIL: (0.3, 0.3, 0.2, 0.2),
}
# How often two records of different persons agree so, before any is looked at: the same ways
# without the last. It weighs as much as PRIOR_PAIRS pairs of records: a million of them outvote it,
# and among thirty records the two who are one do not make their own name a common one.
BY_CHANCE = {
    Kind.NAME: (3e-3, 1e-3, 1e-3, 2e-2),
    Kind.COMPANY: (2e-4, 2e-3, 2e-3),
    Kind.PLACE: (2e-2,),
    Kind.NUMBER: (1e-5, 1e-5, 1e-4),
    Kind.DATE: (5e-4, 1e-3, 1e-3, 2e-2, 0.17),
    Kind.EMAIL: (1e-6, 1e-5, 0.05),
}
PRIOR_PAIRS = 10_000
# A local part is mostly made of the name, which is weighed itself: where names are alike it is
# alike by chance this often.
SAME_LOCAL_PART_BY_CHANCE = 0.05


@dataclass(frozen=True)
class Plan:
    """What is compared.

    Args:
        fields: Column and kind of each; text, null where nothing is known.
        blocks: Only pairs that agree in all columns of one of these are looked at.
        sure: Whoever agrees in all columns of one of these is very likely one: they tell how many
            pairs are to be expected.
    """

    fields: dict[str, Kind]
    blocks: tuple[tuple[str, ...], ...]
    sure: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Pair:
    """Two records that may be one's."""

    left: str
    right: str
    probability: float
    agreement: dict[str, Agreement]


def pairs(records: Sequence[pa.Table], plan: Plan, *, least: float = 0.5) -> list[Pair]:
    """Return the pairs of records that may be one's, the likeliest first.

    The same records in any order give the same pairs.

    Args:
        records: One table to find doubles in, or two to find each one's in the other; with
            ``record_id`` and the columns of the plan.
        plan: What is compared.
        least: Probability from which on a pair is returned.

    Raises:
        KetteError: Splink is not installed.
    """
    if min(table.num_rows for table in records) < 2:  # noqa: PLR2004 - two make a pair
        return []
    with closing(duckdb.connect()) as connection:
        for number, table in enumerate(records):
            connection.register(f"given_{number}", table)
            connection.execute(
                f"create table records_{number} as from given_{number} order by {ID}"
            )
        linker = _linker(connection, len(records), plan)
        found = linker.inference.predict(threshold_match_probability=least)
        gammas = ", ".join(f"gamma_{name}" for name in plan.fields)
        rows = found.as_duckdbpyrelation().query(
            "found",
            f"select {ID}_l, {ID}_r, match_probability, {gammas} from found "  # noqa: S608 - names of the plan
            f"order by match_probability desc, {ID}_l, {ID}_r",
        )
        return [_pair(row, plan) for row in rows.fetchall()]


def _pair(row: tuple[Any, ...], plan: Plan) -> Pair:
    left, right, probability, *levels = row
    agreement = {
        name: _agreement(level, len(KINDS[kind]) - 1)
        for (name, kind), level in zip(plan.fields.items(), levels, strict=True)
    }
    return Pair(str(left), str(right), float(probability), agreement)


def _agreement(level: int, highest: int) -> Agreement:
    """Return what Splink's number of a level means: -1 unknown, 0 different, the highest equal."""
    if level < 0:
        return Agreement.UNKNOWN
    if level == 0:
        return Agreement.DIFFERENT
    return Agreement.SAME if level == highest else Agreement.SIMILAR


def _linker(connection: duckdb.DuckDBPyConnection, count: int, plan: Plan) -> Any:
    """Return Splink over the records, with what is alike by chance measured on them."""
    try:
        from splink import DuckDBAPI, SettingsCreator, block_on
    except ImportError:
        raise KetteError(
            "Splink is not installed, which finds the duplicates",
            where="kette identity propose",
            fix="Install the extra: pip install 'kette[fuzzy]'",
        ) from None
    api = DuckDBAPI(connection=connection)
    tables = [api.register(connection.table(f"records_{number}")) for number in range(count)]
    is_large = sum(_sizes(connection, count)) >= RECORDS_THAT_TELL_RARITY
    settings = SettingsCreator(
        unique_id_column_name=ID,
        link_type="link_only" if count > 1 else "dedupe_only",
        comparisons=[
            _comparison(name, kind, is_large=is_large) for name, kind in plan.fields.items()
        ],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in plan.blocks],
        probability_two_random_records_match=_prior(connection, count, plan),
    )
    first = _quiet(tables, settings)
    first.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
    known = {name: _pairs_known(connection, count, name) for name in plan.fields}
    return _quiet(tables, _smoothed(first.misc.save_model_to_json(), plan, known))


def _sizes(connection: duckdb.DuckDBPyConnection, count: int) -> list[int]:
    return [connection.table(f"records_{number}").shape[0] for number in range(count)]


def _quiet(tables: list[Any], settings: Any) -> Any:
    from splink import Linker

    linker = Linker(tables if len(tables) > 1 else tables[0], settings)
    # its progress belongs to nobody who runs a command, and so do its hints how to train it
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    return linker


def _smoothed(model: dict[str, Any], plan: Plan, known: dict[str, int]) -> dict[str, Any]:
    """Return a model in which what is alike by chance is not told by few pairs alone."""
    for comparison, (name, kind) in zip(model["comparisons"], plan.fields.items(), strict=True):
        levels = [each for each in comparison["comparison_levels"] if not each.get("is_null_level")]
        for level, before in zip(levels, BY_CHANCE[kind], strict=False):
            found = level.get("u_probability")
            share = found if isinstance(found, float) else 0.0
            seen = min(known[name], SAMPLED_PAIRS)
            level["u_probability"] = (share * seen + before * PRIOR_PAIRS) / (seen + PRIOR_PAIRS)
    return model


def _pairs_known(connection: duckdb.DuckDBPyConnection, count: int, name: str) -> int:
    """Return in how many pairs of records both have a value."""
    sizes = [
        connection.execute(f"select count({name}) from records_{number}").fetchall()[0][0]  # noqa: S608 - our own names
        for number in range(count)
    ]
    return int(sizes[0] * (sizes[1] if count > 1 else (sizes[0] - 1) / 2))


def _prior(connection: duckdb.DuckDBPyConnection, count: int, plan: Plan) -> float:
    """Return how likely two records drawn at random are one's."""
    other = "records_1" if count > 1 else "records_0"
    order = "true" if count > 1 else f"one.{ID} < another.{ID}"
    parts = " union ".join(
        f"select one.{ID}, another.{ID} as other from records_0 as one "  # noqa: S608 - names of the plan
        f"inner join {other} as another using ({', '.join(names)}) where {order}"
        for names in plan.sure
    )
    (sure,) = connection.execute(f"select count(*) from ({parts})").fetchall()[0]  # noqa: S608 - as above
    sizes = _sizes(connection, count)
    all_pairs = sizes[0] * sizes[1] if count > 1 else sizes[0] * (sizes[0] - 1) / 2
    expected = max(sure / SURE_RECALL, LEAST_SHARE * min(sizes))
    return float(min(expected / all_pairs, 0.5))


def _comparison(name: str, kind: Kind, *, is_large: bool) -> Any:
    """Return how Splink compares a column.

    How common a company's name is does not count: it is known by the two alone who may be one.
    """
    import splink.comparison_library as library

    shares = list(KINDS[kind])
    match kind:
        case Kind.NAME:
            found: Any = library.NameComparison(name)
        case Kind.COMPANY:
            found = _company(name)
        case Kind.PLACE:
            found = library.ExactMatch(name)
        case Kind.NUMBER:
            found = library.DamerauLevenshteinAtThresholds(name, [1, 2])
        case Kind.DATE:
            found = library.DateOfBirthComparison(
                name, input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            )
        case Kind.EMAIL:
            return _email(name)
    is_counted = is_large and kind in {Kind.NAME, Kind.PLACE, Kind.NUMBER}
    return found.configure(m_probabilities=shares, term_frequency_adjustments=is_counted)


def _company(name: str) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    return library.CustomComparison(
        output_column_name=name,
        comparison_levels=[
            levels.NullLevel(name),
            levels.ExactMatchLevel(name),
            levels.CustomLevel(
                f"damerau_levenshtein({name}_l, {name}_r) <= 1",
                label_for_charts="a typing error or a space apart",
            ),
            levels.CustomLevel(
                f"starts_with({name}_l, {name}_r || ' ') or starts_with({name}_r, {name}_l || ' ')",
                label_for_charts="the one's words begin the other's",
            ),
            levels.ElseLevel(),
        ],
    )


def _email(name: str) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    same, typing_error, local_part, other = KINDS[Kind.EMAIL]
    return library.CustomComparison(
        output_column_name=name,
        comparison_levels=[
            levels.NullLevel(name),
            levels.ExactMatchLevel(name).configure(m_probability=same),
            # people seldom err in the first letter, and a colleague's differs in it
            levels.CustomLevel(
                f"left({name}_l, 1) = left({name}_r, 1) "
                f"and damerau_levenshtein({name}_l, {name}_r) <= 2",
                label_for_charts="a typing error apart",
            ).configure(m_probability=typing_error),
            levels.CustomLevel(
                f"split_part({name}_l, '@', 1) = split_part({name}_r, '@', 1)",
                label_for_charts="the same before the @",
            ).configure(
                m_probability=local_part,
                u_probability=SAME_LOCAL_PART_BY_CHANCE,
                fix_u_probability=True,
            ),
            levels.ElseLevel().configure(m_probability=other),
        ],
    )
