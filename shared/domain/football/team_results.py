"""The results of a team: records, form, splits and streaks are computed from them.

Source of the definitions: football reference, section 4, items 2, 3, 4 and 16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.football.table import POINTS, TableMatch, counted_matches, letter


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamResult:
    """A result that stands, seen from one team; goals do not include those of a shoot-out."""

    match_id: int
    round: int | None
    starts_at: datetime
    team_id: int
    team_name: str
    opponent_id: int
    opponent_name: str
    is_home: bool
    goals_for: int
    goals_against: int

    @property
    def letter(self) -> str:
        """W, D or L."""
        return letter(self.goals_for, self.goals_against)


def team_results(matches: Iterable[TableMatch], *, as_of: datetime) -> list[TeamResult]:
    """Return the results of both teams of every league match that counts at a moment, by kick-off.

    Parameters
    ----------
    matches : the matches of one season, in any order and state.
    as_of : an aware moment.
    """
    return [
        _team_result(match, score, is_home)
        for match, score in counted_matches(matches, as_of=as_of)
        for is_home in (True, False)
    ]


def _team_result(match: TableMatch, score: tuple[int, int], is_home: bool) -> TeamResult:
    home, away = (match.home_id, match.home_name), (match.away_id, match.away_name)
    (team, name), (other, other_name) = (home, away) if is_home else (away, home)
    scored, conceded = score if is_home else score[::-1]
    return TeamResult(
        match_id=match.match_id, round=match.round, starts_at=match.starts_at, team_id=team, team_name=name,
        opponent_id=other, opponent_name=other_name, is_home=is_home, goals_for=scored, goals_against=conceded,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The sums of some results."""

    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    goal_difference: int
    points: int
    """3 per win and 1 per draw; rulings do not count."""
    points_per_match: float | None
    clean_sheets: int
    without_goal: int
    form: str
    """Last results as W, D, L, the newest last."""


def sum_up(results: Sequence[TeamResult], *, n_form: int = 5) -> Record:
    """Sum up results.

    Parameters
    ----------
    results : the results of one team, by kick-off.
    n_form : number of results in `form`.
    """
    letters = [result.letter for result in results]
    points = sum(POINTS[letter] for letter in letters)
    scored, conceded = sum(result.goals_for for result in results), sum(result.goals_against for result in results)
    return Record(
        matches=len(results),
        wins=letters.count("W"),
        draws=letters.count("D"),
        losses=letters.count("L"),
        goals_for=scored,
        goals_against=conceded,
        goal_difference=scored - conceded,
        points=points,
        points_per_match=round(points / len(results), 3) if results else None,
        clean_sheets=sum(result.goals_against == 0 for result in results),
        without_goal=sum(result.goals_for == 0 for result in results),
        form="".join(letters[-n_form:]),
    )


def by_team(results: Iterable[TeamResult]) -> dict[int, list[TeamResult]]:
    """Group results by team; their order stays."""
    groups: dict[int, list[TeamResult]] = {}
    for result in results:
        groups.setdefault(result.team_id, []).append(result)
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Consecutive results of one kind."""

    kind: str
    length: int
    first_at: datetime
    """Kick-off of the first match."""
    last_at: datetime
    goes_on: bool
    """Whether the newest result belongs to it."""


STREAKS: dict[str, Callable[[TeamResult], bool]] = {
    "wins": lambda result: result.letter == "W",
    "draws": lambda result: result.letter == "D",
    "losses": lambda result: result.letter == "L",
    "unbeaten": lambda result: result.letter != "L",
    "winless": lambda result: result.letter != "W",
    "clean_sheets": lambda result: result.goals_against == 0,
    "scoring": lambda result: result.goals_for > 0,
    "without_goal": lambda result: result.goals_for == 0,
}


def streaks(results: Sequence[TeamResult]) -> list[Streak]:
    """Return the longest streak of each kind, and the current one where it is another.

    Parameters
    ----------
    results : the results of one team, by kick-off.

    Returns
    -------
    By kind, the longest (the newest of equally long ones) before the current one.
    """
    return [streak for kind, holds in STREAKS.items() for streak in _longest_and_current(kind, results, holds)]


def _longest_and_current(kind: str, results: Sequence[TeamResult], holds: Callable[[TeamResult], bool]) -> list[Streak]:
    runs: list[list[TeamResult]] = [[]]
    for result in results:
        if holds(result):
            runs[-1].append(result)
        elif runs[-1]:
            runs.append([])
    all_streaks = [_streak(kind, run, results[-1]) for run in runs if run]
    if not all_streaks:
        return []
    longest, newest = max(reversed(all_streaks), key=lambda streak: streak.length), all_streaks[-1]
    return [longest] if longest is newest or not newest.goes_on else [longest, newest]


def _streak(kind: str, run: Sequence[TeamResult], newest: TeamResult) -> Streak:
    return Streak(
        kind=kind, length=len(run), first_at=run[0].starts_at, last_at=run[-1].starts_at, goes_on=run[-1] is newest
    )


def splits(results: Sequence[TeamResult], *, ranks: dict[int, int]) -> list[tuple[str, str, Record]]:
    """Sum up a team's results by venue, third of the opponents, and month.

    Parameters
    ----------
    results : the results of one team, by kick-off.
    ranks : every team's rank in the table; opponents without a rank are in no third.

    Returns
    -------
    The split (``venue``, ``opponent``, ``month``), the part (``home``, ``top``, ``2025-08``), and its sums.
    """
    parts: list[tuple[str, Callable[[TeamResult], str], Sequence[str]]] = [
        ("venue", lambda result: "home" if result.is_home else "away", ("home", "away")),
        ("opponent", lambda result: _third(ranks.get(result.opponent_id), len(ranks)), ("top", "middle", "bottom")),
        ("month", _month, sorted({_month(result) for result in results})),
    ]
    return [
        (split, part, sum_up([result for result in results if part_of(result) == part]))
        for split, part_of, names in parts
        for part in names
    ]


def _third(rank: int | None, n_teams: int) -> str:
    if rank is None:
        return ""
    return ("top", "middle", "bottom")[min(3 * (rank - 1) // n_teams, 2)]


def _month(result: TeamResult) -> str:
    return f"{result.starts_at:%Y-%m}"


def from_rows(rows: Iterable[dict[str, Any]]) -> list[TeamResult]:
    """Return the results of rows, which may have other columns too."""
    names = TeamResult.__dataclass_fields__
    return [TeamResult(**{name: row[name] for name in names}) for row in rows]
