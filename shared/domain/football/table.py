"""The league table at any moment, over all matches or those at one venue.

Source of the rules: football reference, section 4, item 1. Points are 3 for a win and 1 for a draw, plus dated
adjustments (deductions are no events). Level teams are ordered by the league's chain of criteria
(`shared.domain.catalogue.leagues`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple, Protocol, TypeVar

from shared.domain.football.fixtures import FixtureEvent, current_events
from shared.domain.football.match_status import is_settled
from shared.errors import InvalidInput

MATCH_LENGTH = timedelta(minutes=110)
"""Kick-off to final whistle with half-time and added time, as the reference rounds it."""

_EXTRA_TIME_CODES = (110, 120)


class TableMatch(FixtureEvent, Protocol):
    """The fields of a match that a table reads; a `Match` record has them, and so may a lighter row."""

    @property
    def home_name(self) -> str: ...
    @property
    def away_name(self) -> str: ...
    @property
    def home_goals(self) -> int | None: ...
    @property
    def away_goals(self) -> int | None: ...
    @property
    def home_goals_display(self) -> int | None: ...
    @property
    def away_goals_display(self) -> int | None: ...


M = TypeVar("M", bound=TableMatch)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAdjustment:
    """Points given or taken by a ruling, from a moment on; a deduction is negative."""

    team_id: int
    points: int
    applies_from: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One team's row of the table."""

    rank: int
    """Teams that nothing parts share a rank, and the next one is left out (1, 2, 2, 4)."""
    team_id: int
    team_name: str
    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    goal_difference: int
    points: int
    """3 per win, 1 per draw, adjustments included."""
    adjustment: int
    """Points by ruling within `points`."""
    form: str
    """Last results as W, D, L, newest last."""


POINTS = {"W": 3, "D": 1, "L": 0}
"""Points of a result, by its letter."""


def letter(goals_for: int, goals_against: int) -> str:
    """W, D or L, from the side that scored the first number."""
    if goals_for == goals_against:
        return "D"
    return "W" if goals_for > goals_against else "L"


class _Result(NamedTuple):
    """One match seen from one side; a tuple, as a season makes hundreds."""

    opponent_id: int
    goals_for: int
    goals_against: int
    is_home: bool
    letter: str


_Results = Sequence[_Result]
_Criterion = Callable[[_Results], int]

_OVERALL: dict[str, _Criterion] = {
    "gd": lambda results: sum(result.goals_for - result.goals_against for result in results),
    "gf": lambda results: sum(result.goals_for for result in results),
    "wins": lambda results: sum(result.letter == "W" for result in results),
}
_MEETINGS: dict[str, _Criterion] = {
    "h2h_points": lambda results: _points(results),
    "h2h_gd": _OVERALL["gd"],
    "h2h_gf": _OVERALL["gf"],
    "h2h_away_goals": lambda results: sum(result.goals_for for result in results if not result.is_home),
}


def league_table(
    matches: Iterable[TableMatch],
    *,
    as_of: datetime,
    tie_break: Sequence[str],
    adjustments: Iterable[PointAdjustment] = (),
    venue: str = "",
    n_form: int = 5,
    until_round: int | None = None,
    win_points: int = 3,
) -> list[TableRow]:
    """Compute the table of one season as it stood at a moment.

    Counted are matches whose result stands (played to the end, or awarded with a score) and whose kick-off plus 110
    minutes lies before `as_of`; of a postponed match and its replay only the one that counts (`fixtures`). Knock-out
    matches (named rounds, extra time) are no league matches and are left out. Every team of the league matches given
    has a row, also before its first match.

    Parameters
    ----------
    matches : of one season, in any order and state.
    as_of : aware.
    tie_break : criteria after points, best first: gd, gf, wins, h2h_points, h2h_gd, h2h_gf, h2h_away_goals.
        Head-to-head looks at the matches among exactly the level teams; consecutive head-to-head criteria apply
        together, and again to each smaller group they leave level.
    adjustments : those dated after `as_of` do not count yet; tables of one venue ignore them.
    venue : ``home`` or ``away`` counts each team's matches there only; empty counts all. Of two level teams only one
        was at home when they met, so tables of one venue leave head-to-head out.
    n_form : results in `form`.
    until_round : matches of later rounds do not count; None counts all rounds.
    win_points : points for a win; a draw is worth 1.

    Returns
    -------
    Rows by rank; teams that share a rank by name.

    Raises
    ------
    InvalidInput : unknown criterion or venue, or `as_of` without a zone.
    """
    _check(as_of, tie_break, venue)
    league = [match for match in matches if not is_knock_out(match)]
    names: dict[int, str] = {}
    for match in sorted(league, key=lambda match: (match.starts_at, match.match_id)):
        names[match.home_id], names[match.away_id] = match.home_name, match.away_name
    results: dict[int, list[_Result]] = {team_id: [] for team_id in names}
    for match, (home, away) in counted_matches(league, as_of=as_of, until_round=until_round):
        if venue != "away":
            results[match.home_id].append(_Result(match.away_id, home, away, True, letter(home, away)))
        if venue != "home":
            results[match.away_id].append(_Result(match.home_id, away, home, False, letter(away, home)))
    adjusted = {} if venue else _adjustments(adjustments, as_of)
    points = {team_id: _points(results[team_id], win_points) + adjusted.get(team_id, 0) for team_id in names}
    rows: list[TableRow] = []
    chain = [name for name in tie_break if name in _OVERALL] if venue else tie_break
    for level in _ranked(list(names), points, results, chain):
        rank = len(rows) + 1
        rows += [
            _row(rank, team_id, names[team_id], results[team_id], points[team_id], adjusted.get(team_id, 0), n_form)
            for team_id in sorted(level, key=lambda team_id: (names[team_id], team_id))
        ]
    return rows


def _check(as_of: datetime, tie_break: Sequence[str], venue: str) -> None:
    if as_of.tzinfo is None:
        raise InvalidInput("as_of has no zone", errors={"as_of": "has no zone"})
    if venue not in ("", "home", "away"):
        raise InvalidInput(f"venue {venue!r} is neither 'home' nor 'away'", errors={"venue": "is not known"})
    if unknown := [name for name in tie_break if name not in _OVERALL and name not in _MEETINGS]:
        raise InvalidInput(f"tie-break {', '.join(unknown)} is not known", errors={"tie_break": "is not known"})


def counted_matches(
    matches: Iterable[M], *, as_of: datetime, until_round: int | None = None
) -> list[tuple[M, tuple[int, int]]]:
    """Return the league matches whose result counts at a moment, with their score, by kick-off.

    The one rule for every table and statistic: knock-out matches do not count, of the events of one fixture only the
    valid one does, and only with a result that stands.
    """
    league = decided_matches((match for match in matches if not is_knock_out(match)), as_of=as_of)
    return [pair for pair in league if until_round is None or (pair[0].round or 0) <= until_round]


def decided_matches(matches: Iterable[M], *, as_of: datetime) -> list[tuple[M, tuple[int, int]]]:
    """Return one event per fixture that has a result at a moment, with its score, by kick-off; knock-outs too."""
    scores = ((match, score_at(match, as_of)) for match in current_events(matches))
    return [(match, score) for match, score in scores if score is not None]


def is_knock_out(match: TableMatch) -> bool:
    """Cups and play-offs have named rounds; only they go to extra time."""
    return bool(match.round_name) or match.status_code in _EXTRA_TIME_CODES


def score_at(match: TableMatch, as_of: datetime) -> tuple[int, int] | None:
    """Goals of home and away as they count at a moment; None for a match that does not count then."""
    home = match.home_goals if match.home_goals_display is None else match.home_goals_display
    away = match.away_goals if match.away_goals_display is None else match.away_goals_display
    if home is None or away is None or not is_settled(match.status_code):
        return None
    # Written so that no `as_of`, however early or late, leaves the range of datetime.
    if as_of <= match.starts_at or as_of - match.starts_at <= MATCH_LENGTH:
        return None
    return home, away


def _adjustments(adjustments: Iterable[PointAdjustment], as_of: datetime) -> dict[int, int]:
    adjusted: dict[int, int] = defaultdict(int)
    for adjustment in adjustments:
        if adjustment.applies_from <= as_of:
            adjusted[adjustment.team_id] += adjustment.points
    return adjusted


def _points(results: _Results, win_points: int = POINTS["W"]) -> int:
    return sum(win_points if result.letter == "W" else POINTS[result.letter] for result in results)


def _ranked(
    teams: list[int], points: dict[int, int], results: dict[int, list[_Result]], tie_break: Sequence[str]
) -> list[list[int]]:
    """Groups of teams that share a rank, best first."""
    levels = _split(teams, lambda team_id: (points[team_id],))
    return [group for level in levels for group in _break_ties(level, tuple(tie_break), results)]


def _break_ties(level: list[int], chain: tuple[str, ...], results: dict[int, list[_Result]]) -> list[list[int]]:
    """Order teams on equal points by the rest of the chain."""
    if len(level) == 1 or not chain:
        return [level]
    if chain[0] in _OVERALL:
        criterion = _OVERALL[chain[0]]
        groups = _split(level, lambda team_id: (criterion(results[team_id]),))
        return [group for tied in groups for group in _break_ties(tied, chain[1:], results)]
    n_meetings = next((n for n, name in enumerate(chain) if name not in _MEETINGS), len(chain))
    criteria = [_MEETINGS[name] for name in chain[:n_meetings]]
    members = set(level)
    among = {team: [result for result in results[team] if result.opponent_id in members] for team in level}
    groups = _split(level, lambda team_id: tuple(criterion(among[team_id]) for criterion in criteria))
    # A smaller group that is still level is judged again by its own meetings; the whole group would give the same.
    next_chain = chain if len(groups) > 1 else chain[n_meetings:]
    return [group for tied in groups for group in _break_ties(tied, next_chain, results)]


def _split(teams: list[int], value: Callable[[int], tuple[int, ...]]) -> list[list[int]]:
    """Teams grouped by a value, highest first."""
    values = {team_id: value(team_id) for team_id in teams}
    ordered = sorted(teams, key=values.__getitem__, reverse=True)
    return [list(group) for _, group in groupby(ordered, key=values.__getitem__)]


def _row(rank: int, team_id: int, name: str, results: _Results, points: int, adjustment: int, n_form: int) -> TableRow:
    letters = "".join([result.letter for result in results])
    goals_for = sum([result.goals_for for result in results])
    goals_against = sum([result.goals_against for result in results])
    return TableRow(
        rank=rank,
        team_id=team_id,
        team_name=name,
        matches=len(results),
        wins=letters.count("W"),
        draws=letters.count("D"),
        losses=letters.count("L"),
        goals_for=goals_for,
        goals_against=goals_against,
        goal_difference=goals_for - goals_against,
        points=points,
        adjustment=adjustment,
        form=letters[-n_form:] if n_form > 0 else "",
    )
