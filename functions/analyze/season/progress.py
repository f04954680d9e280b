"""The progress of a season at a moment: the results so far and the matches that remain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations

from shared.domain.football.fixtures import current_events
from shared.domain.football.match_status import Phase, is_settled, phase_of
from shared.domain.football.table import MATCH_LENGTH

_WITHOUT_MATCH = (Phase.VOID, Phase.FINAL_WITHOUT_PLAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonEvent:
    """One event of the season as the source lists it."""

    match_id: int
    season_id: int
    tournament_id: int
    round: int | None
    round_name: str
    starts_at: datetime
    status_code: int
    home_id: int
    away_id: int
    home_name: str
    away_name: str
    home_goals: int | None
    away_goals: int | None
    home_goals_display: int | None
    away_goals_display: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a match that counts in the table."""

    match_id: int
    starts_at: datetime
    home_id: int
    away_id: int
    home_goals: int
    away_goals: int

    def points(self) -> tuple[int, int]:
        """Return the points of home and away side."""
        if self.home_goals == self.away_goals:
            return 1, 1
        return (3, 0) if self.home_goals > self.away_goals else (0, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonProgress:
    """The state of a season."""

    teams: Mapping[int, str]
    """Team id to name."""
    played: tuple[Result, ...]
    """In the order of kick-off."""
    to_play: tuple[tuple[int, int], ...]
    """Home and away team of every remaining match, scheduled or not."""
    cautions: tuple[str, ...] = field(default=())

    def n_played(self) -> dict[int, int]:
        """Count the matches of each team."""
        counts = dict.fromkeys(self.teams, 0)
        for result in self.played:
            counts[result.home_id] += 1
            counts[result.away_id] += 1
        return counts


def compute_progress(events: Iterable[SeasonEvent], *, at: datetime | None, double_round_robin: bool) -> SeasonProgress:
    """Compute the progress of a season now, or at an earlier moment.

    Of the events of one fixture only the valid one is read. Awarded results count; knock-out matches (rounds with a
    name) do not. In a double round robin every pair that has not met at a ground remains to be played, even without a
    date; in other formats the matches that the source announces remain.
    """
    league = [event for event in events if not event.round_name]
    teams: dict[int, str] = {}
    for event in sorted(league, key=lambda event: event.starts_at):
        teams |= {event.home_id: event.home_name, event.away_id: event.away_name}
    current = current_events(league)
    played = [result for event in current if (result := _result(event, at)) is not None]
    settled = {result.match_id for result in played}
    if double_round_robin:
        played_pairs = {(result.home_id, result.away_id) for result in played}
        to_play = [pair for pair in permutations(sorted(teams), 2) if pair not in played_pairs]
    else:
        to_play = [
            (event.home_id, event.away_id)
            for event in current
            if event.match_id not in settled and phase_of(event.status_code) not in _WITHOUT_MATCH
        ]
    return SeasonProgress(teams=teams, played=tuple(played), to_play=tuple(to_play), cautions=_cautions(played))


def _result(event: SeasonEvent, at: datetime | None) -> Result | None:
    home = event.home_goals if event.home_goals_display is None else event.home_goals_display
    away = event.away_goals if event.away_goals_display is None else event.away_goals_display
    if home is None or away is None or not is_settled(event.status_code):
        return None
    if at is not None and (at <= event.starts_at or at - event.starts_at <= MATCH_LENGTH):
        return None
    return Result(
        match_id=event.match_id,
        starts_at=event.starts_at,
        home_id=event.home_id,
        away_id=event.away_id,
        home_goals=home,
        away_goals=away,
    )


def _cautions(played: Iterable[Result]) -> tuple[str, ...]:
    pairs = [(result.home_id, result.away_id) for result in played]
    return ("some pairs met more than once at one ground",) if len(set(pairs)) < len(pairs) else ()
