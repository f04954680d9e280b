"""Prices of markets against matrices worked by hand, and quarter lines against two half stakes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.betting.margins import Floats
from shared.domain.betting.markets import OUTCOMES, PricedMarket
from shared.domain.betting.pricing import HANDICAP_LINES, TOTAL_LINES, fair_odds, price_matches
from shared.domain.betting.settlement import MarketKind, Selection
from shared.errors import InvalidInput


def poisson(home: float, away: float, size: int = 13) -> Floats:
    rows, columns = ([math.exp(-rate) * rate**n / math.factorial(n) for n in range(size)] for rate in (home, away))
    matrix = np.outer(rows, columns)
    return np.asarray(matrix / matrix.sum())


FOUR = np.zeros((3, 3))
"""0-0, 1-0, 1-1 and 2-0, a quarter each."""
for _score in ((0, 0), (1, 0), (1, 1), (2, 0)):
    FOUR[_score] = 0.25


def fair(kind: MarketKind, outcome: str, line: int | None = None) -> float:
    return fair_odds(FOUR, Selection(kind=kind, outcome=outcome, line=line))


def test_fair_odds_by_hand() -> None:
    """Home wins two of the four scores; the two draws give a draw-no-bet stake back; 1-1 alone has goals of both."""
    assert fair(MarketKind.ONE_X_TWO, "home") == pytest.approx(2.0)
    assert fair(MarketKind.ONE_X_TWO, "draw") == pytest.approx(2.0)
    assert fair(MarketKind.DOUBLE_CHANCE, "home_draw") == pytest.approx(1.0)
    assert fair(MarketKind.DRAW_NO_BET, "home") == pytest.approx(1.0)
    assert fair(MarketKind.BOTH_SCORE, "yes") == pytest.approx(4.0)
    assert fair(MarketKind.CORRECT_SCORE, "2-0") == pytest.approx(4.0)


def test_fair_odds_of_lines_by_hand() -> None:
    """Goals are 0, 1, 2, 2: over 1.5 wins two of four. Over 2 gets two stakes back and never wins.

    Over 1.75 wins half at 2 goals, twice: won 2 * 1/4 * 1/2 = 1/4, returned 1/4, so (1 - 1/4) / (1/4) = 3.
    """
    assert fair(MarketKind.TOTAL, "over", 6) == pytest.approx(2.0)
    assert fair(MarketKind.TOTAL, "over", 7) == pytest.approx(3.0)
    assert fair(MarketKind.TOTAL, "under", 8) == pytest.approx(1.0)


@pytest.mark.parametrize("line", HANDICAP_LINES)
@pytest.mark.parametrize("outcome", ["home", "away"])
def test_golden_handicaps_return_the_stake_at_fair_odds_by_brute_force(line: int, outcome: str) -> None:
    sign = 1 if outcome == "home" else -1
    _assert_fair(MarketKind.HANDICAP, outcome, line, lambda home, away: sign * (home - away), sign * line)


@pytest.mark.parametrize("line", TOTAL_LINES)
@pytest.mark.parametrize("outcome", ["over", "under"])
def test_golden_totals_return_the_stake_at_fair_odds_by_brute_force(line: int, outcome: str) -> None:
    sign = 1 if outcome == "over" else -1
    _assert_fair(MarketKind.TOTAL, outcome, line, lambda home, away: sign * (home + away), -sign * line)


def _assert_fair(kind: MarketKind, outcome: str, line: int, margin, shift: int) -> None:  # type: ignore[no-untyped-def]
    """Two half stakes on the lines beside a quarter, each won, returned or lost as a whole, return 1 on average."""
    matrix = poisson(1.6, 1.2)
    odds = fair_odds(matrix, Selection(kind=kind, outcome=outcome, line=line))
    halves = (shift - 1, shift + 1) if shift % 2 else (shift, shift)
    returned = 0.0
    for (home, away), p in np.ndenumerate(matrix):
        for half in halves:
            over = 4 * margin(home, away) + half
            returned += p / 2 * (odds if over > 0 else 1.0 if over == 0 else 0.0)
    assert returned == pytest.approx(1.0)


def by_market(priced: list[PricedMarket]) -> dict[tuple[MarketKind, int | None], PricedMarket]:
    return {(each.kind, each.line): each for each in priced}


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 4.0), st.floats(0.2, 4.0))
def test_nobody_wins_by_backing_every_outcome(home: float, away: float) -> None:
    for market in price_matches([poisson(home, away)])[0]:
        n_happen = 2 if market.kind is MarketKind.DOUBLE_CHANCE else 1
        assert sum(100 / max(odds, 100) for odds in market.odds_hundredths) >= n_happen
        for p, odds in zip(market.probabilities, market.odds_hundredths, strict=True):
            assert p * odds < 100, "every price is below the fair one"
        assert len(market.odds_hundredths) == len(OUTCOMES[market.kind])


def test_markets_of_a_match() -> None:
    markets = by_market(price_matches([poisson(1.6, 1.2)])[0])
    assert {kind for kind, _ in markets} == set(OUTCOMES)
    assert {(MarketKind.TOTAL, 10), (MarketKind.TOTAL, 11), (MarketKind.HANDICAP, -1)} <= markets.keys()
    assert (MarketKind.TOTAL, 26) not in markets, "more than six goals are not even enough"
    one_x_two = markets[MarketKind.ONE_X_TWO, None]
    level = markets[MarketKind.HANDICAP, -2]
    assert level.odds_hundredths[0] == pytest.approx(one_x_two.odds_hundredths[0], rel=0.03), "-0.5 is a home win"
    assert markets[MarketKind.HANDICAP, 0].probabilities == markets[MarketKind.DRAW_NO_BET, None].probabilities


def test_matches_priced_together_are_priced_as_alone() -> None:
    matrices = [poisson(1.6, 1.2), poisson(0.4, 3.1, 17), poisson(2.2, 0.3, 11)]
    together = price_matches(matrices)
    for matrix, priced in zip(matrices, together, strict=True):
        (alone,) = price_matches([matrix])
        assert [(each.kind, each.line, each.odds_hundredths) for each in priced] == [
            (each.kind, each.line, each.odds_hundredths) for each in alone
        ]


def test_no_matches_have_no_prices() -> None:
    assert price_matches([]) == []


@pytest.mark.parametrize("matrix", [np.full((3, 4), 1 / 12), np.full((3, 3), 0.2), np.array([[1.5, 0], [0, -0.5]])])
def test_what_is_no_score_matrix_is_refused(matrix: Floats) -> None:
    with pytest.raises(InvalidInput):
        price_matches([matrix])
