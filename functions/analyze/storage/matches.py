"""A league's matches from ClickHouse, one per fixture, as the models need them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.analyze.models.history import PLAYED_FOR, ComingMatch, Counted, FinalScore, History, counted
from shared.adapters.clickhouse.inline_views import written_out
from shared.domain.football.fixtures import current_events
from shared.domain.football.match_status import Phase, phase
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
  AND season_id NOT IN (SELECT season_id FROM ranked_seasons WHERE league_id = {league_id:Int64} AND preference > 1)
ORDER BY starts_at, match_id
"""
"""Of a year that several sources tell of only the preferred one: no match may count twice."""

_STATISTICS = """
SELECT match_id, max(version) AS version,
       anyIf((home_value, away_value), key = 'shotsOnGoal') AS on_target,
       anyIf((home_value, away_value), key = 'totalShotsOnGoal') AS shots,
       anyIf((home_value, away_value), key = 'cornerKicks') AS corners
FROM current_team_statistics WHERE league_id = {league_id:Int64} AND period = 'ALL' GROUP BY match_id
"""

_NEVER_PLAYED = (Phase.POSTPONED, Phase.VOID, Phase.FINAL_WITHOUT_PLAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One event of the source, with what tells fixtures apart."""

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
    """After 90 minutes, also of a match that went on to extra time."""
    away_goals: int | None
    version: int
    """When the source changed it last, ms since 1970-01-01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What was counted in a match, and when the source changed it last."""

    version: int
    of: dict[str, Counted]


class ClickHouseMatches:
    """Reads what ingest-batch stored."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        """Final scores of all seasons, coming matches of the newest one; of an earlier moment what was known then.

        Of the events of one fixture only the one that counts is looked at. The models learn from football that was
        played to its end: awarded, void and running matches are neither a score nor coming. As of a moment, what began
        since is coming, of the season that went on then; kick-offs and teams are those known today.
        """
        events = [_Event(**row) for row in self._rows(_EVENTS, league_id)]
        if not events:
            raise NotFound(f"league {league_id}: no match is stored")
        seasons = {row["season_id"]: row for row in self._rows(_SEASONS, league_id)}
        starts_in = _first_years(events, seasons)
        current = current_events(events)
        played = [event for event in current if _is_score(event, as_of)]
        coming = [event for event in current if _is_coming(event, as_of)]
        season = _season(starts_in, coming if as_of else [])
        counted = self._counted(league_id)
        return History(
            league_id=league_id,
            season_id=season,
            season=str(seasons[season]["year"]) if season in seasons else "",
            season_starts_in=starts_in[season],
            name=next((str(row["name"]) for row in self._rows(_NAME, league_id)), ""),
            scores=_scores(played, starts_in, counted),
            coming=[_coming(event) for event in coming if event.season_id == season],
            dropped=_dropped(events, current),
            team_names=_names(events),
            newest_change_at=_changed(played, counted),
            season_labels={season_id: str(row["year"]) for season_id, row in seasons.items()},
        )

    def _counted(self, league_id: int) -> dict[int, _Counts]:
        """Match id to what was counted of both sides."""
        return {
            row["match_id"]: _Counts(
                version=row["version"], of={name: counted(row[name]) for name in ("on_target", "shots", "corners")}
            )
            for row in self._rows(_STATISTICS, league_id)
        }

    def _rows(self, query: str, league_id: int) -> list[dict[str, Any]]:
        return self._warehouse.query(written_out(query), {"league_id": league_id})


def _season(starts_in: dict[int, int], coming: list[_Event]) -> int:
    """The first season of what was coming; where nothing was, the newest."""
    by_start = sorted(
        {event.season_id for event in coming} or starts_in, key=lambda season: (starts_in[season], season)
    )
    return by_start[0 if coming else -1]


def _scores(events: Iterable[_Event], starts_in: dict[int, int], counted: dict[int, _Counts]) -> list[FinalScore]:
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
            **(counted[event.match_id].of if event.match_id in counted else {}),
        )
        for event in events
        if event.home_goals is not None and event.away_goals is not None
    ]


def _changed(played: Iterable[_Event], counted: dict[int, _Counts]) -> datetime | None:
    """The newest change of anything that is learnt from."""
    versions = [
        max(event.version, counted[event.match_id].version if event.match_id in counted else 0) for event in played
    ]
    return datetime.fromtimestamp(max(versions) / 1000, UTC) if versions else None


def _coming(event: _Event) -> ComingMatch:
    return ComingMatch(
        match_id=event.match_id,
        season_id=event.season_id,
        round=event.round,
        starts_at=event.starts_at,
        home_id=event.home_id,
        away_id=event.away_id,
    )


def _is_score(event: _Event, as_of: datetime | None) -> bool:
    over = as_of is None or event.starts_at + PLAYED_FOR <= as_of
    return over and phase(event.status_code) is Phase.FINAL


def _is_coming(event: _Event, as_of: datetime | None) -> bool:
    if as_of is None:
        return phase(event.status_code) is Phase.FUTURE
    return event.starts_at >= as_of and phase(event.status_code) not in _NEVER_PLAYED


def _dropped(events: Iterable[_Event], current: Iterable[_Event]) -> list[int]:
    """Ids of events that will not be played under this id: replaced by another, or settled without football."""
    standing = {event.match_id for event in current if phase(event.status_code) not in _NEVER_PLAYED}
    return [event.match_id for event in events if event.match_id not in standing]


def _first_years(events: Iterable[_Event], seasons: dict[int, dict[str, Any]]) -> dict[int, int]:
    """Season id to the calendar year it starts in; from its first match where the season's record is not there yet."""
    years: dict[int, int] = {}
    for event in events:
        known = seasons.get(event.season_id)
        years.setdefault(event.season_id, known["starts_in"] if known else event.starts_at.year)
    return years


def _names(events: Iterable[_Event]) -> dict[int, str]:
    """Team id to the newest name (events are in time order)."""
    names: dict[int, str] = {}
    for event in events:
        names[event.home_id] = event.home_name
        names[event.away_id] = event.away_name
    return names
