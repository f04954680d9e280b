"""A league's match history, read from ClickHouse: one event per fixture."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from functions.analyze.models.history import (
    MATCH_DURATION,
    ComingMatch,
    FinalScore,
    History,
    SideCounts,
    side_counts,
)
from shared.adapters.clickhouse.inline_views import inline_views
from shared.domain.football.fixtures import current_events
from shared.domain.football.match_status import Phase, phase_of
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse

_SEASONS = """
SELECT season_id, any(year) AS year, any(starts_in) AS starts_in
FROM current_seasons WHERE league_id = {league_id:Int64} GROUP BY season_id
"""

_NAME = "SELECT name FROM current_leagues WHERE league_id = {league_id:Int64}"

_EVENTS = """
SELECT match_id, season_id, tournament_id, round, round_name, starts_at, status_code,
       home_id, away_id, home_name, away_name, home_goals, away_goals, version
FROM current_matches
WHERE league_id = {league_id:Int64}
  AND season_id NOT IN (SELECT season_id FROM duplicate_seasons WHERE league_id = {league_id:Int64})
ORDER BY starts_at, match_id
"""
"""Where several sources have a season, only the preferred one is read: no match may count twice."""

_STATISTICS = """
SELECT match_id, max(version) AS version,
       anyIf((home_value, away_value), key = 'shotsOnGoal') AS on_target,
       anyIf((home_value, away_value), key = 'totalShotsOnGoal') AS shots,
       anyIf((home_value, away_value), key = 'cornerKicks') AS corners
FROM current_team_statistics WHERE league_id = {league_id:Int64} AND period = 'ALL' GROUP BY match_id
"""

_NEVER_PLAYED = (Phase.POSTPONED, Phase.VOID, Phase.FINAL_WITHOUT_PLAY)


class _Event(NamedTuple):
    """One event of the source, with the fields that identify its fixture."""

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
    """After 90 minutes, also in a match that went to extra time."""
    away_goals: int | None
    version: int
    """When the source changed it last, ms since 1970-01-01."""


class _Statistics(NamedTuple):
    """The counts of a match that the models learn from, and when the source changed them last."""

    version: int
    counts: dict[str, SideCounts]


class ClickHouseMatches:
    """Reads the tables that ingest-batch fills."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        """Return final scores of all seasons and the coming matches of the newest, now or as of a moment.

        Of the events of one fixture only the one that counts is read. Only matches that were played to the end are
        scores; awarded, void and running matches are neither scores nor coming. As of a moment, the matches of the
        season under way that began later count as coming; their kick-offs and teams are those known today.
        """
        events = [_Event(**row) for row in self._rows(_EVENTS, league_id)]
        if not events:
            raise NotFound(f"league {league_id}: no match is stored")
        seasons = {row["season_id"]: row for row in self._rows(_SEASONS, league_id)}
        starts_in = _start_years(events, seasons)
        current = current_events(events)
        played = [event for event in current if _is_final_score(event, as_of)]
        coming = [event for event in current if _is_coming(event, as_of)]
        season = _season_under_way(starts_in, coming if as_of else [])
        statistics = self._statistics(league_id)
        return History(
            league_id=league_id,
            season_id=season,
            season=str(seasons[season]["year"]) if season in seasons else "",
            season_starts_in=starts_in[season],
            name=next((str(row["name"]) for row in self._rows(_NAME, league_id)), ""),
            scores=_final_scores(played, starts_in, statistics),
            coming=[_coming_match(event) for event in coming if event.season_id == season],
            cancelled_ids=_cancelled_ids(events, current),
            team_names=_team_names(events),
            newest_change_at=_newest_change(played, statistics),
            season_labels={season_id: str(row["year"]) for season_id, row in seasons.items()},
        )

    def _statistics(self, league_id: int) -> dict[int, _Statistics]:
        """Return the statistics of all matches by match id."""
        return {
            row["match_id"]: _Statistics(
                version=row["version"],
                counts={name: side_counts(row[name]) for name in ("on_target", "shots", "corners")},
            )
            for row in self._rows(_STATISTICS, league_id)
        }

    def _rows(self, query: str, league_id: int) -> list[dict[str, Any]]:
        return self._warehouse.query(inline_views(query), {"league_id": league_id})


def _season_under_way(starts_in: dict[int, int], coming: list[_Event]) -> int:
    """Return the first season that has coming matches; without any, the newest season."""
    by_start = sorted(
        {event.season_id for event in coming} or starts_in, key=lambda season: (starts_in[season], season)
    )
    return by_start[0 if coming else -1]


def _final_scores(
    events: Iterable[_Event], starts_in: dict[int, int], statistics: dict[int, _Statistics]
) -> list[FinalScore]:
    return [
        FinalScore(
            match_id=event.match_id,
            season_id=event.season_id,
            season_starts_in=starts_in[event.season_id],
            starts_at=event.starts_at,
            home_id=event.home_id,
            away_id=event.away_id,
            home_goals=event.home_goals,
            away_goals=event.away_goals,
            **(statistics[event.match_id].counts if event.match_id in statistics else {}),
        )
        for event in events
        if event.home_goals is not None and event.away_goals is not None
    ]


def _newest_change(played: Collection[_Event], statistics: dict[int, _Statistics]) -> datetime | None:
    """Return when a match that the models learn from was changed last."""
    versions = [
        max(event.version, statistics[event.match_id].version if event.match_id in statistics else 0)
        for event in played
    ]
    return datetime.fromtimestamp(max(versions) / 1000, UTC) if versions else None


def _coming_match(event: _Event) -> ComingMatch:
    return ComingMatch(
        match_id=event.match_id,
        season_id=event.season_id,
        round=event.round,
        starts_at=event.starts_at,
        home_id=event.home_id,
        away_id=event.away_id,
    )


def _is_final_score(event: _Event, as_of: datetime | None) -> bool:
    is_over = as_of is None or event.starts_at + MATCH_DURATION <= as_of
    return is_over and phase_of(event.status_code) is Phase.FINAL


def _is_coming(event: _Event, as_of: datetime | None) -> bool:
    if as_of is None:
        return phase_of(event.status_code) is Phase.FUTURE
    return event.starts_at >= as_of and phase_of(event.status_code) not in _NEVER_PLAYED


def _cancelled_ids(events: Iterable[_Event], current: Iterable[_Event]) -> list[int]:
    """List the ids of events that will not be played: replaced by another event, or decided without a match."""
    valid = {event.match_id for event in current if phase_of(event.status_code) not in _NEVER_PLAYED}
    return [event.match_id for event in events if event.match_id not in valid]


def _start_years(events: Iterable[_Event], seasons: dict[int, dict[str, Any]]) -> dict[int, int]:
    """Map season ids to the year in which the season starts; without a season record, the year of its first match."""
    years: dict[int, int] = {}
    for event in events:
        season = seasons.get(event.season_id)
        years.setdefault(event.season_id, season["starts_in"] if season else event.starts_at.year)
    return years


def _team_names(events: Iterable[_Event]) -> dict[int, str]:
    """Map team ids to their newest names; events are in time order."""
    names: dict[int, str] = {}
    for event in events:
        names[event.home_id] = event.home_name
        names[event.away_id] = event.away_name
    return names
