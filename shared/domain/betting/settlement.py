"""What a result makes of a selection: won, lost, returned, or half of each. 90 minutes count; what is decided stands.

The model is that of Sportradar's Unified Odds Feed: a result, the part of the stake that is void, and the number of
those that tied for one place (docs.sportradar.com, "Bet settlement"). What it pays is `OutcomeResult.factor`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from shared.errors import InvalidInput

FACTOR_UNIT = 504_000
"""A factor of 1 as it is stored: 100 for hundredths of a price, 2 for halves, 2,520 for ties of up to ten. So every
factor is a whole number, and nothing is rounded before a payout is."""
TIED_AT_MOST = 10
CORRECT_SCORE_GOALS = 4
"""Scores up to this of each side have an outcome of their own; all others are ``other``."""
_MORE_GOALS = 16
"""Further goals of one side that an abandoned match is thought through with; no line is higher than 10 goals."""


class MarketKind(StrEnum):
    """The kinds of markets, as they are stored."""

    ONE_X_TWO = "1x2"
    DOUBLE_CHANCE = "double_chance"
    DRAW_NO_BET = "draw_no_bet"
    TOTAL = "total"
    HANDICAP = "handicap"
    BOTH_SCORE = "both_score"
    CORRECT_SCORE = "correct_score"
    MANUAL = "manual"


class ResultStatus(StrEnum):
    """What a result says, as it is stored."""

    FINAL = "final"
    """Played to the end; the goals are those after 90 minutes."""
    ABANDONED = "abandoned"
    """Stopped for good; the goals are those at that moment."""
    DECIDED = "decided"
    """Of an event that operators made: it was won or lost."""
    VOID = "void"
    """Nothing counts: cancelled, awarded, postponed too long, or moved to the other side's ground."""
    WITHDRAWN = "withdrawn"
    """The result before was wrong, and there is no other yet."""


class Grade(StrEnum):
    """What became of a selection, and of a bet."""

    WIN = "win"
    LOSS = "loss"
    PUSH = "push"
    """The stake is returned."""
    HALF_WIN = "half_win"
    HALF_LOSS = "half_loss"
    PARTIAL = "partial"
    """Anything between, such as a tie or an accumulator with a returned leg."""
    CASHED_OUT = "cashed_out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a leg of a bet is on.

    `line` is in quarter goals, and the home side's for a handicap; None for markets without one.
    """

    kind: MarketKind
    outcome: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResult:
    """The result of an event."""

    status: ResultStatus
    home_goals: int = 0
    away_goals: int = 0
    won: bool = False
    """Of a decided event."""
    n_tied: int = 1
    """Of a won event: the number of those that share the place."""

    def __post_init__(self) -> None:
        if not 1 <= self.n_tied <= TIED_AT_MOST:
            raise InvalidInput(f"n_tied must be from 1 to {TIED_AT_MOST}")
        if min(self.home_goals, self.away_goals) < 0:
            raise InvalidInput("goals cannot be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeResult:
    """A selection's result: ``return = stake * (void + (1 - void) * won / n_tied * odds)``."""

    won: bool
    void: Fraction = Fraction(0)
    """The part of the stake that is returned."""
    n_tied: int = 1

    def factor(self, odds_hundredths: int) -> int:
        """The return on a stake of 1, in units of 1/`FACTOR_UNIT`; never rounded."""
        odds = Fraction(odds_hundredths, 100)
        factor = (self.void + (1 - self.void) * int(self.won) * odds / self.n_tied) * FACTOR_UNIT
        if factor.denominator != 1:
            raise InvalidInput("this factor is no whole number of units")
        return factor.numerator

    @property
    def grade(self) -> Grade:
        """The result in a word."""
        if self.n_tied > 1 and self.won:
            return Grade.PARTIAL
        return _GRADES[self.won, self.void]


_GRADES = {
    (True, Fraction(0)): Grade.WIN,
    (False, Fraction(0)): Grade.LOSS,
    (True, Fraction(1, 2)): Grade.HALF_WIN,
    (False, Fraction(1, 2)): Grade.HALF_LOSS,
    (True, Fraction(1)): Grade.PUSH,
    (False, Fraction(1)): Grade.PUSH,
}
WIN = OutcomeResult(won=True)
LOSS = OutcomeResult(won=False)
PUSH = OutcomeResult(won=False, void=Fraction(1))
HALF_WIN = OutcomeResult(won=True, void=Fraction(1, 2))
HALF_LOSS = OutcomeResult(won=False, void=Fraction(1, 2))


def settle(selection: Selection, result: EventResult) -> OutcomeResult | None:
    """Return what a result makes of a selection; None while the result is unknown.

    Raises
    ------
    InvalidInput : the market has no such outcome, or the result is of the other kind of event.
    """
    if result.status is ResultStatus.WITHDRAWN:
        return None
    if result.status is ResultStatus.VOID:
        return PUSH
    if (selection.kind is MarketKind.MANUAL) is not (result.status is ResultStatus.DECIDED):
        raise InvalidInput(f"a {selection.kind} market has no result that is {result.status}")
    if result.status is ResultStatus.DECIDED:
        return _settle_manual(selection, result)
    if result.status is ResultStatus.ABANDONED:
        return _settle_abandoned(selection, result)
    return settle_score(selection, result.home_goals, result.away_goals)


def settle_score(selection: Selection, home: int, away: int) -> OutcomeResult:
    """Return what the goals after 90 minutes make of a selection; `InvalidInput` for an unknown outcome."""
    try:
        return _BY_KIND[selection.kind](selection, home, away)
    except (KeyError, TypeError, ValueError) as exc:
        raise InvalidInput(f"market {selection.kind} has no outcome {selection.outcome!r}") from exc


def _settle_manual(selection: Selection, result: EventResult) -> OutcomeResult:
    if selection.outcome != "win":
        raise InvalidInput(f"a manual market has no outcome {selection.outcome!r}")
    return OutcomeResult(won=result.won, n_tied=result.n_tied if result.won else 1)


def _settle_abandoned(selection: Selection, result: EventResult) -> OutcomeResult:
    """What no further goal could have changed stands; the rest is returned. A quarter line is two half-stakes."""
    if selection.line is None or selection.line % 2 == 0:
        return _settle_decided(selection, result)
    lines = (selection.line - 1, selection.line + 1)
    halves = {_settle_decided(replace(selection, line=line), result) for line in lines}
    return _HALVES.get(frozenset(halves)) or halves.pop()


_HALVES = {frozenset({WIN, PUSH}): HALF_WIN, frozenset({LOSS, PUSH}): HALF_LOSS}


def _settle_decided(selection: Selection, result: EventResult) -> OutcomeResult:
    possible = {settle_score(selection, *score) for score in _continuations(result.home_goals, result.away_goals)}
    return possible.pop() if len(possible) == 1 else PUSH


def _continuations(home: int, away: int) -> Iterator[tuple[int, int]]:
    for n_home in range(_MORE_GOALS):
        for n_away in range(_MORE_GOALS):
            yield home + n_home, away + n_away


def _won(condition: bool) -> OutcomeResult:
    return WIN if condition else LOSS


def _winner(home: int, away: int) -> str:
    return "home" if home > away else "away" if away > home else "draw"


def _one_x_two(selection: Selection, home: int, away: int) -> OutcomeResult:
    return _won({"home": "home", "draw": "draw", "away": "away"}[selection.outcome] == _winner(home, away))


def _double_chance(selection: Selection, home: int, away: int) -> OutcomeResult:
    pairs = {"home_draw": ("home", "draw"), "home_away": ("home", "away"), "draw_away": ("draw", "away")}
    return _won(_winner(home, away) in pairs[selection.outcome])


def _draw_no_bet(selection: Selection, home: int, away: int) -> OutcomeResult:
    backed, winner = {"home": "home", "away": "away"}[selection.outcome], _winner(home, away)
    return PUSH if winner == "draw" else _won(backed == winner)


def _total(selection: Selection, home: int, away: int) -> OutcomeResult:
    sign = {"over": 1, "under": -1}[selection.outcome]
    return _by_quarters(sign * (4 * (home + away) - _line(selection)))


def _handicap(selection: Selection, home: int, away: int) -> OutcomeResult:
    sign = {"home": 1, "away": -1}[selection.outcome]
    return _by_quarters(sign * (4 * (home - away) + _line(selection)))


def _both_score(selection: Selection, home: int, away: int) -> OutcomeResult:
    return _won({"yes": True, "no": False}[selection.outcome] == (home > 0 and away > 0))


def _correct_score(selection: Selection, home: int, away: int) -> OutcomeResult:
    if selection.outcome == "other":
        return _won(max(home, away) > CORRECT_SCORE_GOALS)
    backed_home, backed_away = (int(part) for part in selection.outcome.split("-"))
    return _won((backed_home, backed_away) == (home, away))


def _line(selection: Selection) -> int:
    if selection.line is None:
        raise ValueError("the market has a line")
    return selection.line


def _by_quarters(margin: int) -> OutcomeResult:
    """A margin over the line in quarter goals: a quarter off, one half of the stake is settled and one returned."""
    if margin == 0:
        return PUSH
    if abs(margin) == 1:
        return HALF_WIN if margin > 0 else HALF_LOSS
    return _won(margin > 0)


_BY_KIND = {
    MarketKind.ONE_X_TWO: _one_x_two,
    MarketKind.DOUBLE_CHANCE: _double_chance,
    MarketKind.DRAW_NO_BET: _draw_no_bet,
    MarketKind.TOTAL: _total,
    MarketKind.HANDICAP: _handicap,
    MarketKind.BOTH_SCORE: _both_score,
    MarketKind.CORRECT_SCORE: _correct_score,
}
