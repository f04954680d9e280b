"""Price every market of a match from its score matrix, so that all of them agree with each other and with settlement.

What a score is worth to a selection is asked of `settlement.settle_score`, the function that settles it later: how
much of the stake wins, and how much comes back. A price is fair when a stake returns itself on average:
``odds = (1 - void) / won``, where both are expectations. So a quarter line needs no formula of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from shared.domain.betting import margins, odds
from shared.domain.betting.margins import Floats
from shared.domain.betting.markets import OUTCOMES, PricedMarket
from shared.domain.betting.settlement import CORRECT_SCORE_GOALS, MarketKind, Selection, settle_score
from shared.errors import InvalidInput

MARGINS = MappingProxyType(
    {
        MarketKind.ONE_X_TWO: 0.05,
        MarketKind.DOUBLE_CHANCE: 0.05,
        MarketKind.DRAW_NO_BET: 0.05,
        MarketKind.TOTAL: 0.05,
        MarketKind.HANDICAP: 0.05,
        MarketKind.BOTH_SCORE: 0.05,
        MarketKind.CORRECT_SCORE: 0.15,
    }
)
"""Ours, of play money; scores, which nobody can tell well, bear more of it."""

TOTAL_LINES = range(2, 27)
"""In quarter goals: 0.5 to 6.5."""
HANDICAP_LINES = range(-12, 13)
"""In quarter goals: -3 to 3."""
EVEN_ENOUGH = (0.1, 0.9)
"""A line is offered while the chances of its sides are within these: others are bets on what is nearly certain."""


def price_matches(matrices: Sequence[Floats]) -> list[list[PricedMarket]]:
    """Price all markets of matches at once.

    Parameters
    ----------
    matrices : of each match the probabilities of scores, shape (N, N), row = home goals; N may differ between matches.

    Raises
    ------
    InvalidInput : a matrix is not square, has a negative probability, or does not sum to 1.
    """
    if not matrices:
        return []
    size = max(CORRECT_SCORE_GOALS + 2, *(len(matrix) for matrix in matrices))
    stacked = np.stack([_padded(matrix, size).ravel() for matrix in matrices])
    priced: list[list[PricedMarket]] = [[] for _ in matrices]
    for kind in OUTCOMES:
        lines = _lines(kind)
        weights = [_weights(kind, line, size) for line in lines]
        p = np.stack([stacked @ won / (1.0 - stacked @ void) for won, void in weights])
        _quote(kind, lines, p, priced)
    return priced


def fair_odds(matrix: Floats, selection: Selection) -> float:
    """The odds at which a stake on a selection returns itself on average."""
    size = len(matrix)
    won, void = _weights(selection.kind, selection.line, size)
    n = OUTCOMES[selection.kind].index(selection.outcome)
    flat = matrix.ravel()
    return float((1.0 - flat @ void[:, n]) / (flat @ won[:, n]))


def _quote(kind: MarketKind, lines: Sequence[int | None], p: Floats, priced: list[list[PricedMarket]]) -> None:
    """Append the market to every match and line for which it is worth offering.

    Parameters
    ----------
    p : ndarray, shape (lines, matches, outcomes).
    """
    low, high = EVEN_ENOUGH if lines != (None,) else (0.0, 1.0)
    line_numbers, match_numbers = np.nonzero(((p > low) & (p < high)).all(axis=2))
    if not len(line_numbers):
        return
    offered = p[line_numbers, match_numbers]
    hundredths = odds.round_down(1.0 / margins.add_margin(offered, MARGINS[kind]))
    _check_book(kind, hundredths)
    columns = (line_numbers.tolist(), match_numbers.tolist(), offered.tolist(), hundredths.tolist())
    for line_number, match_number, chances, quoted in zip(*columns, strict=True):
        priced[match_number].append(PricedMarket(kind, lines[line_number], tuple(chances), tuple(quoted)))


def _check_book(kind: MarketKind, hundredths: odds.Hundredths) -> None:
    """Raise where the inverse odds sum to less than the outcomes that happen: somebody could win on all of them."""
    inverse = 100.0 / np.maximum(hundredths, 100)
    n_happen = 2 if kind is MarketKind.DOUBLE_CHANCE else 1
    if (inverse.sum(axis=1) < n_happen).any():
        raise InvalidInput(f"the prices of a market {kind} sum to less than a whole book")


def _lines(kind: MarketKind) -> Sequence[int | None]:
    if kind is MarketKind.TOTAL:
        return TOTAL_LINES
    return HANDICAP_LINES if kind is MarketKind.HANDICAP else (None,)


@cache
def _weights(kind: MarketKind, line: int | None, size: int) -> tuple[Floats, Floats]:
    """Shapes (size * size, outcomes): the part of a stake that each score lets win, and the part that comes back."""
    selections = [Selection(kind=kind, outcome=outcome, line=line) for outcome in OUTCOMES[kind]]
    scores = [(home, away) for home in range(size) for away in range(size)]
    results = [[settle_score(selection, *score) for selection in selections] for score in scores]
    void = np.array([[float(each.void) for each in row] for row in results])
    won = np.array([[float(each.won) for each in row] for row in results])
    return won * (1.0 - void), void


def _padded(matrix: Floats, size: int) -> Floats:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not (matrix >= 0.0).all():
        raise InvalidInput("a score matrix is square and has no negative probability")
    if abs(matrix.sum() - 1.0) > 1e-3:
        raise InvalidInput("the probabilities of a score matrix sum to 1")
    padded = np.zeros((size, size))
    padded[: len(matrix), : len(matrix)] = matrix / matrix.sum()
    return padded
