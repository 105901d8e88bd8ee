"""How certain a figure is: 95 % intervals of shares and of means."""

from __future__ import annotations

from math import sqrt

Z = 1.959964


def wilson(hits: float, cases: float) -> tuple[float, float] | None:
    """Return Wilson's 95 % interval of a share; None without cases.

    It stays within 0 and 1 and is honest for small numbers, where the textbook interval is not.
    """
    if cases <= 0:
        return None
    share = hits / cases
    spread = Z * sqrt(share * (1 - share) / cases + Z**2 / (4 * cases**2))
    centre = share + Z**2 / (2 * cases)
    scale = 1 + Z**2 / cases
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def mean(total: float, squares: float, cases: float) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean from the sum and the sum of squares; None below two."""
    if cases < 2:  # noqa: PLR2004 - one case has no spread
        return None
    average = total / cases
    variance = max(0.0, (squares - cases * average**2) / (cases - 1))
    spread = Z * sqrt(variance / cases)
    return average - spread, average + spread


def net_promoter(total: float, squares: float, cases: float) -> tuple[float, float] | None:
    """Return the adjusted-Wald 95 % interval of a net promoter score in points; None without cases.

    Three answers are added, three quarters of one each to promoters and detractors (J. Sauro and
    J. Lewis, measuringu.com/nps-confidence-intervals, after B. Rocks, The American Statistician 70,
    2016), which keeps its promise for few answers too.

    Args:
        total: 100 for each promoter, -100 for each detractor, 0 for others, added up.
        squares: The same values squared and added up.
        cases: All answers.
    """
    if cases <= 0:
        return None
    either, net = squares / 100**2, total / 100
    answers = cases + 3
    promoters = ((either + net) / 2 + 0.75) / answers
    detractors = ((either - net) / 2 + 0.75) / answers
    score = promoters - detractors
    spread = Z * sqrt((promoters + detractors - score**2) / answers)
    return 100 * max(-1.0, score - spread), 100 * min(1.0, score + spread)


def difference(
    earlier: float,
    of_earlier: tuple[float, float],
    later: float,
    of_later: tuple[float, float],
) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two figures of different cases.

    It is put together from theirs: R. Newcombe's method 10 for shares (Statistics in Medicine 17,
    1998), which G. Zou and A. Donner extend to other figures (Statistics in Medicine 27, 2008).

    Args:
        earlier: The figure that is taken away.
        of_earlier: Its 95 % interval.
        later: The figure from which it is taken.
        of_later: Its 95 % interval.
    """
    change = later - earlier
    low = change - sqrt((later - of_later[0]) ** 2 + (of_earlier[1] - earlier) ** 2)
    high = change + sqrt((of_later[1] - later) ** 2 + (earlier - of_earlier[0]) ** 2)
    return low, high
