"""One season of one league: its teams and matches, however they came about, and the table at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from k8s.local.standin.world import ids
from k8s.local.standin.world.clubs import Team
from k8s.local.standin.world.leagues import League
from k8s.local.standin.world.matches import Match, MatchState, state_at


@dataclass(kw_only=True)
class Season:
    """Teams and matches of a league's season that starts in `year`."""

    league: League
    year: int
    teams: tuple[Team, ...]
    matches: tuple[Match, ...]
    _cached: tuple[int, list[tuple[Match, MatchState]]] | None = field(default=None, repr=False)

    @property
    def id(self) -> int:
        return ids.season_id(self.league.index, self.year)

    @property
    def label(self) -> str:
        return f"{self.year % 100:02d}/{(self.year + 1) % 100:02d}"

    @property
    def n_rounds(self) -> int:
        return max((match.round for match in self.matches), default=0)

    @cached_property
    def by_id(self) -> dict[int, Match]:
        return {match.id: match for match in self.matches}

    def states_at(self, now: int) -> list[tuple[Match, MatchState]]:
        """Return the matches visible at `now` with their states, by start; cached until the clock moves."""
        if self._cached is None or self._cached[0] != now:
            pairs = [(match, state) for match in self.matches if (state := state_at(match, now)) is not None]
            pairs.sort(key=lambda pair: (pair[1].start, pair[0].id))
            self._cached = (now, pairs)
        return self._cached[1]


@dataclass(kw_only=True)
class Row:
    """One line of a table."""

    team: Team
    wins: int = 0
    draws: int = 0
    losses: int = 0
    scored: int = 0
    conceded: int = 0

    @property
    def matches(self) -> int:
        return self.wins + self.draws + self.losses

    @property
    def points(self) -> int:
        return 3 * self.wins + self.draws

    @property
    def difference(self) -> int:
        return self.scored - self.conceded

    def add(self, scored: int, conceded: int) -> None:
        """Count one match."""
        self.scored += scored
        self.conceded += conceded
        if scored > conceded:
            self.wins += 1
        elif scored == conceded:
            self.draws += 1
        else:
            self.losses += 1


Result = tuple[Team, Team, int, int]
"""Home team, away team, home goals, away goals."""


def results(pairs: Iterable[tuple[Match, MatchState]]) -> list[Result]:
    """Return the results of the finished matches."""
    return [(match.home, match.away, *state.score) for match, state in pairs if state.is_final]


def table(teams: Iterable[Team], played: list[Result], tie_break: tuple[str, ...], side: str = "total") -> list[Row]:
    """Rank teams by points, then by the league's chain, at last by name.

    Parameters
    ----------
    teams : everybody who takes part, matches or not.
    played : results that count.
    tie_break : criteria among gd, gf, wins, h2h_points, h2h_gd, h2h_gf, h2h_away_goals; head-to-head criteria look only
        at the matches among the teams level on points.
    side : `total`, `home` or `away`.
    """
    rows = _count(teams, played, side)
    levels: dict[int, list[Row]] = {}
    for row in rows.values():
        levels.setdefault(row.points, []).append(row)
    ranked: list[Row] = []
    for points in sorted(levels, reverse=True):
        ranked.extend(_part(levels[points], played, tie_break))
    return ranked


def _count(teams: Iterable[Team], played: Iterable[Result], side: str) -> dict[int, Row]:
    rows = {team.id: Row(team=team) for team in teams}
    for home, away, home_goals, away_goals in played:
        if side != "away":
            rows[home.id].add(home_goals, away_goals)
        if side != "home":
            rows[away.id].add(away_goals, home_goals)
    return rows


def _part(level: list[Row], played: list[Result], tie_break: tuple[str, ...]) -> list[Row]:
    if len(level) == 1:
        return level
    members = {row.team.id for row in level}
    meetings = [result for result in played if result[0].id in members and result[1].id in members]
    among = _count((row.team for row in level), meetings, "total")
    away = {member: sum(result[3] for result in meetings if result[1].id == member) for member in members}

    def key(row: Row) -> tuple[object, ...]:
        among_row = among[row.team.id]
        values = {
            "gd": row.difference,
            "gf": row.scored,
            "wins": row.wins,
            "h2h_points": among_row.points,
            "h2h_gd": among_row.difference,
            "h2h_gf": among_row.scored,
            "h2h_away_goals": away[row.team.id],
        }
        return (*(-values[name] for name in tie_break), row.team.name, row.team.id)

    return sorted(level, key=key)
