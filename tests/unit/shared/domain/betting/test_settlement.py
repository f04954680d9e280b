"""Results and what they make of selections."""

from __future__ import annotations

from fractions import Fraction

import pytest

from shared.domain.betting.settlement import (
    FACTOR_UNIT,
    HALF_LOSS,
    HALF_WIN,
    LOSS,
    PUSH,
    WIN,
    EventResult,
    Grade,
    MarketKind,
    OutcomeResult,
    ResultStatus,
    Selection,
    settle,
    settle_score,
)
from shared.errors import InvalidInput

ODDS = 210


def on(kind: str, outcome: str, line: int | None = None) -> Selection:
    return Selection(kind=MarketKind(kind), outcome=outcome, line=line)


def played(home: int, away: int) -> EventResult:
    return EventResult(status=ResultStatus.FINAL, home_goals=home, away_goals=away)


@pytest.mark.parametrize(
    ("outcome", "paid"),
    [
        (OutcomeResult(won=False), 0),
        (OutcomeResult(won=True), 210),
        (OutcomeResult(won=False, void=Fraction(1)), 100),
        (OutcomeResult(won=True, void=Fraction(1, 2)), 155),
        (OutcomeResult(won=False, void=Fraction(1, 2)), 50),
        (OutcomeResult(won=True, n_tied=2), 105),
    ],
    ids=["lost", "won", "void", "half won", "half lost", "dead heat of two"],
)
def test_sportradars_six_rows(outcome: OutcomeResult, paid: int) -> None:
    assert Fraction(100 * outcome.factor(ODDS), FACTOR_UNIT) == paid


def split_in_halves(margin_over: Fraction) -> Fraction:
    """The return on a stake of 1 at odds of 2.10 by the market's own rule: a quarter line is two half-stakes."""
    quarters = margin_over * 4
    parts = [margin_over] if quarters % 2 == 0 else [margin_over - Fraction(1, 4), margin_over + Fraction(1, 4)]
    odds = Fraction(ODDS, 100)
    returns = [odds if part > 0 else Fraction(1) if part == 0 else Fraction(0) for part in parts]
    return sum(returns, Fraction(0)) / len(returns)


@pytest.mark.parametrize("line", range(-12, 13))
def test_quarter_lines_of_handicaps_are_two_half_stakes(line: int) -> None:
    """B2 row 10, for every line from -3 to 3 and every margin."""
    for margin in range(-8, 9):
        home, away = max(margin, 0), max(-margin, 0)
        over = margin + Fraction(line, 4)
        for outcome, expected in (("home", over), ("away", -over)):
            settled = settle_score(on("handicap", outcome, line), home, away)
            assert Fraction(settled.factor(ODDS), FACTOR_UNIT) == split_in_halves(expected), (line, margin, outcome)


@pytest.mark.parametrize("line", range(25))
def test_quarter_lines_of_totals_are_two_half_stakes(line: int) -> None:
    """B2 row 10: totals are split as handicaps are."""
    for goals in range(9):
        over = goals - Fraction(line, 4)
        for outcome, expected in (("over", over), ("under", -over)):
            settled = settle_score(on("total", outcome, line), goals, 0)
            assert Fraction(settled.factor(ODDS), FACTOR_UNIT) == split_in_halves(expected), (line, goals, outcome)


def test_half_points_decide_the_winner() -> None:
    """B2 row 3: with two goals, under 2.5 wins and 2.0 is returned."""
    assert settle(on("total", "under", 10), played(1, 1)) == WIN
    assert settle(on("total", "over", 10), played(1, 1)) == LOSS
    assert settle(on("total", "under", 8), played(1, 1)) == PUSH


@pytest.mark.parametrize(
    ("selection", "home", "away", "expected"),
    [
        (on("1x2", "draw"), 1, 1, WIN),
        (on("1x2", "home"), 1, 1, LOSS),
        (on("1x2", "away"), 0, 2, WIN),
        (on("double_chance", "home_draw"), 1, 1, WIN),
        (on("double_chance", "home_away"), 1, 1, LOSS),
        (on("double_chance", "draw_away"), 1, 0, LOSS),
        (on("draw_no_bet", "home"), 1, 1, PUSH),
        (on("draw_no_bet", "home"), 2, 1, WIN),
        (on("draw_no_bet", "away"), 2, 1, LOSS),
        (on("both_score", "yes"), 1, 1, WIN),
        (on("both_score", "no"), 3, 0, WIN),
        (on("correct_score", "2-1"), 2, 1, WIN),
        (on("correct_score", "2-1"), 1, 2, LOSS),
        (on("correct_score", "other"), 5, 0, WIN),
        (on("correct_score", "other"), 4, 4, LOSS),
        (on("handicap", "home", -5), 1, 0, HALF_LOSS),
        (on("handicap", "away", -5), 1, 0, HALF_WIN),
    ],
)
def test_each_market_by_the_score(selection: Selection, home: int, away: int, expected: OutcomeResult) -> None:
    assert settle(selection, played(home, away)) == expected


def test_penalties_decide_no_match_market() -> None:
    """B2 row 7: 1-1 after 90 minutes and 4-3 on penalties is a draw, as only the 90 minutes are part of a result."""
    assert settle(on("1x2", "draw"), played(1, 1)) == WIN
    assert settle(on("draw_no_bet", "home"), played(1, 1)) == PUSH


@pytest.mark.parametrize("kind", [kind for kind in MarketKind if kind is not MarketKind.MANUAL])
def test_swapped_sides_give_mirrored_results(kind: MarketKind) -> None:
    """B2 row 9: sides are named and never counted, so exchanging them exchanges the outcomes."""
    mirrored = {"home": "away", "away": "home", "home_draw": "draw_away", "draw_away": "home_draw", "2-1": "1-2"}
    outcomes = {
        MarketKind.ONE_X_TWO: ("home", "draw", "away"),
        MarketKind.DOUBLE_CHANCE: ("home_draw", "home_away", "draw_away"),
        MarketKind.DRAW_NO_BET: ("home", "away"),
        MarketKind.TOTAL: ("over", "under"),
        MarketKind.HANDICAP: ("home", "away"),
        MarketKind.BOTH_SCORE: ("yes", "no"),
        MarketKind.CORRECT_SCORE: ("2-1",),
    }[kind]
    line = {MarketKind.TOTAL: 9, MarketKind.HANDICAP: -3}.get(kind)
    for home, away in ((0, 0), (2, 1), (0, 3), (1, 1)):
        for outcome in outcomes:
            other_line = -line if kind is MarketKind.HANDICAP and line else line
            there = settle_score(on(kind, mirrored.get(outcome, outcome), other_line), away, home)
            assert settle_score(on(kind, outcome, line), home, away) == there


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (on("total", "over", 10), WIN),
        (on("total", "under", 10), LOSS),
        (on("total", "over", 14), PUSH),
        (on("total", "over", 11), HALF_WIN),
        (on("total", "under", 11), HALF_LOSS),
        (on("total", "over", 9), WIN),
        (on("total", "over", 13), PUSH),
        (on("1x2", "home"), PUSH),
        (on("handicap", "home", -4), PUSH),
        (on("both_score", "yes"), WIN),
        (on("correct_score", "1-1"), LOSS),
        (on("correct_score", "2-1"), PUSH),
    ],
)
def test_of_an_abandoned_match_stands_what_was_decided(selection: Selection, expected: OutcomeResult) -> None:
    """Stopped at 2-1: three goals have been scored whatever would have followed."""
    result = EventResult(status=ResultStatus.ABANDONED, home_goals=2, away_goals=1)
    assert settle(selection, result) == expected


def test_a_void_event_returns_every_stake_whole() -> None:
    """B2 row 5: at a factor of 1, not of a half."""
    for selection in (on("1x2", "home"), on("manual", "win"), on("total", "over", 9)):
        settled = settle(selection, EventResult(status=ResultStatus.VOID))
        assert settled == PUSH
        assert settled.factor(ODDS) == FACTOR_UNIT


def test_a_withdrawn_result_leaves_the_outcome_unknown() -> None:
    assert settle(on("1x2", "home"), EventResult(status=ResultStatus.WITHDRAWN)) is None


def test_a_manual_event_is_won_lost_or_shared() -> None:
    won = EventResult(status=ResultStatus.DECIDED, won=True, n_tied=2)
    assert settle(on("manual", "win"), won) == OutcomeResult(won=True, n_tied=2)
    assert settle(on("manual", "win"), EventResult(status=ResultStatus.DECIDED)) == LOSS


@pytest.mark.parametrize(
    ("selection", "result"),
    [
        (on("1x2", "over"), played(1, 0)),
        (on("total", "over"), played(1, 0)),
        (on("correct_score", "many"), played(1, 0)),
        (on("manual", "win"), played(1, 0)),
        (on("1x2", "home"), EventResult(status=ResultStatus.DECIDED, won=True)),
        (on("manual", "lose"), EventResult(status=ResultStatus.DECIDED, won=True)),
    ],
)
def test_an_outcome_that_a_market_lacks_is_refused(selection: Selection, result: EventResult) -> None:
    with pytest.raises(InvalidInput):
        settle(selection, result)


@pytest.mark.parametrize(
    ("outcome", "grade"),
    [
        (WIN, Grade.WIN),
        (LOSS, Grade.LOSS),
        (PUSH, Grade.PUSH),
        (HALF_WIN, Grade.HALF_WIN),
        (HALF_LOSS, Grade.HALF_LOSS),
        (OutcomeResult(won=True, n_tied=3), Grade.PARTIAL),
    ],
)
def test_results_have_a_word(outcome: OutcomeResult, grade: Grade) -> None:
    assert outcome.grade is grade


def test_every_factor_up_to_ties_of_ten_is_whole() -> None:
    for n_tied in range(1, 11):
        for odds in (101, 137, 185, 999, 100_001):
            for void in (Fraction(0), Fraction(1, 2)):
                factor = OutcomeResult(won=True, void=void, n_tied=n_tied).factor(odds)
                assert Fraction(factor, FACTOR_UNIT) == void + (1 - void) * Fraction(odds, 100 * n_tied)
