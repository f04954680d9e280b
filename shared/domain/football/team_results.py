"""Results seen from each side: records, form, splits, courses and streaks are made of them.

Source of the definitions: football reference, section 4, items 2, 3, 4 and 16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.football.fixtures import current_events
from shared.domain.football.table import POINTS, TableMatch, is_knock_out, letter, score_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A result that stands, from one side; goals without those of a shoot-out."""

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


def sides(matches: Iterable[TableMatch], *, as_of: datetime) -> list[Side]:
    """Both sides of every league match that counts at a moment, by kick-off, as `league_table` counts them.

    Parameters
    ----------
    matches : of one season, in any order and state.
    as_of : aware.
    """
    found = []
    for match in current_events(match for match in matches if not is_knock_out(match)):
        score = score_at(match, as_of)
        if score is not None:
            found += [_side(match, score, is_home) for is_home in (True, False)]
    return found


def _side(match: TableMatch, score: tuple[int, int], is_home: bool) -> Side:
    home, away = (match.home_id, match.home_name), (match.away_id, match.away_name)
    (team, name), (other, other_name) = (home, away) if is_home else (away, home)
    scored, conceded = score if is_home else score[::-1]
    return Side(
        match_id=match.match_id, round=match.round, starts_at=match.starts_at, team_id=team, team_name=name,
        opponent_id=other, opponent_name=other_name, is_home=is_home, goals_for=scored, goals_against=conceded,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a number of results add up to; means are of a match, and None of none."""

    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    goal_difference: int
    points: int
    """3 per win, 1 per draw; rulings are no results."""
    points_per_match: float | None
    clean_sheets: int
    without_goal: int
    form: str
    """Last results as W, D, L, newest last."""


def record(results: Sequence[Side], *, n_form: int = 5) -> Record:
    """Add results up.

    Parameters
    ----------
    results : of one team, by kick-off.
    n_form : results in `form`.
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


def by_team(results: Iterable[Side]) -> dict[int, list[Side]]:
    """The results of each team, in the order given."""
    found: dict[int, list[Side]] = {}
    for result in results:
        found.setdefault(result.team_id, []).append(result)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Results in a row that have something in common."""

    kind: str
    length: int
    first_at: datetime
    """Kick-off of the first of them."""
    last_at: datetime
    goes_on: bool
    """The newest result belongs to it."""


STREAKS: dict[str, Callable[[Side], bool]] = {
    "wins": lambda result: result.letter == "W",
    "draws": lambda result: result.letter == "D",
    "losses": lambda result: result.letter == "L",
    "unbeaten": lambda result: result.letter != "L",
    "winless": lambda result: result.letter != "W",
    "clean_sheets": lambda result: result.goals_against == 0,
    "scoring": lambda result: result.goals_for > 0,
    "without_goal": lambda result: result.goals_for == 0,
}


def streaks(results: Sequence[Side]) -> list[Streak]:
    """The longest streak of each kind and the one that goes on, where they differ; none where there was none.

    Parameters
    ----------
    results : of one team, by kick-off.

    Returns
    -------
    By kind, the longest (of equally long ones the newest) before the one that goes on.
    """
    return [streak for kind, holds in STREAKS.items() for streak in _longest_and_current(kind, results, holds)]


def _longest_and_current(kind: str, results: Sequence[Side], holds: Callable[[Side], bool]) -> list[Streak]:
    runs: list[list[Side]] = [[]]
    for result in results:
        if holds(result):
            runs[-1].append(result)
        elif runs[-1]:
            runs.append([])
    found = [_streak(kind, run, results[-1]) for run in runs if run]
    if not found:
        return []
    longest = max(reversed(found), key=lambda streak: streak.length)
    return [longest] if longest is found[-1] or not found[-1].goes_on else [longest, found[-1]]


def _streak(kind: str, run: Sequence[Side], newest: Side) -> Streak:
    return Streak(
        kind=kind, length=len(run), first_at=run[0].starts_at, last_at=run[-1].starts_at, goes_on=run[-1] is newest
    )


def splits(results: Sequence[Side], *, places: dict[int, int]) -> list[tuple[str, str, Record]]:
    """A team's results by venue, month and third of the opponents.

    Parameters
    ----------
    results : of one team, by kick-off.
    places : every team's place in the table, 1 first; opponents without one are in no third.

    Returns
    -------
    What it was split by (``venue``, ``opponent``, ``month``), the part (``home``, ``top``, ``2025-08``), its record.
    """
    parts: list[tuple[str, Callable[[Side], str], Sequence[str]]] = [
        ("venue", lambda result: "home" if result.is_home else "away", ("home", "away")),
        ("opponent", lambda result: _third(places.get(result.opponent_id), len(places)), ("top", "middle", "bottom")),
        ("month", _month, sorted({_month(result) for result in results})),
    ]
    return [
        (split, part, record([result for result in results if of(result) == part]))
        for split, of, names in parts
        for part in names
    ]


def _third(place: int | None, n_teams: int) -> str:
    if place is None:
        return ""
    return ("top", "middle", "bottom")[min(3 * (place - 1) // n_teams, 2)]


def _month(result: Side) -> str:
    return f"{result.starts_at:%Y-%m}"


def from_rows(rows: Iterable[dict[str, Any]]) -> list[Side]:
    """Sides of rows that have their fields among others."""
    names = Side.__dataclass_fields__
    return [Side(**{name: row[name] for name in names}) for row in rows]
