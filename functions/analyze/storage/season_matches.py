"""The events, shots, cards and players of one season, read from ClickHouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from functions.analyze.models.history import MATCH_DURATION
from shared.adapters.clickhouse.inline_views import inline_views

if TYPE_CHECKING:
    from datetime import datetime

    from functions.analyze.season.progress import SeasonEvent
    from functions.analyze.views.discipline import MatchDiscipline
    from functions.analyze.views.expected_points import ShotChances
    from functions.analyze.views.inputs import ClosingOdds
    from functions.analyze.views.players import PlayerSeason
    from shared.adapters.clickhouse.client import ClickHouse

_EVENTS = """
SELECT match_id, season_id, tournament_id, round, round_name, starts_at, status_code,
       home_id, away_id, home_name, away_name, home_goals, away_goals, home_goals_display, away_goals_display
FROM current_matches WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
"""

_SHOTS = """
SELECT match_id, groupArrayIf(assumeNotNull(xg), is_home) AS home, groupArrayIf(assumeNotNull(xg), NOT is_home) AS away
FROM current_shots WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
GROUP BY match_id HAVING countIf(xg IS NULL) = 0
"""


_DISCIPLINE = """
SELECT match_id, yellow, red, fouls, referee_id, referee
FROM (
    SELECT match_id,
           (countIf(yellow AND is_home = true), countIf(yellow AND is_home = false)) AS yellow,
           (countIf(red AND is_home = true), countIf(red AND is_home = false)) AS red
    FROM (
        SELECT match_id, is_home, kind = 'card' AND NOT rescinded AND detail IN ('yellow', 'yellowRed') AS yellow,
               kind = 'card' AND NOT rescinded AND detail IN ('red', 'yellowRed') AS red
        FROM current_incidents WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    )
    GROUP BY match_id
) AS cards
LEFT JOIN (
    SELECT match_id, any((home_value, away_value)) AS fouls FROM current_team_statistics
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND period = 'ALL' AND key = 'fouls'
    GROUP BY match_id
) AS foul_counts USING (match_id)
LEFT JOIN (
    SELECT match_id, referee_id, referee FROM current_match_details
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS details USING (match_id)
"""

_CLOSING_ODDS = """
SELECT match_id, argMin((home, draw, away), sharpness) AS odds
FROM (
    SELECT match_id, bookmaker, anyIf(decimal, outcome = 'home') AS home, anyIf(decimal, outcome = 'draw') AS draw,
           anyIf(decimal, outcome = 'away') AS away,
           indexOf(['pinnacle', 'betfair_exchange', 'market_average'], bookmaker) AS place,
           if(place = 0, 9, place) AS sharpness
    FROM current_odds WHERE league_id = {league_id:Int64} AND market = 'result' AND is_closing
    GROUP BY match_id, bookmaker HAVING home > 1 AND draw > 1 AND away > 1
)
WHERE bookmaker != 'market_max'
GROUP BY match_id
"""

_PLAYERS = """
SELECT player_id, argMax(player_name, starts_at) AS player, argMax(team_id, starts_at) AS last_team_id,
       topKWeighted(1)(position, toUInt64(assumeNotNull(minutes)))[1] AS position, sum(minutes) AS total_minutes,
       sumIf(rating * minutes, rating IS NOT NULL) / nullIf(sumIf(minutes, rating IS NOT NULL), 0) AS mean_rating,
       sumMap(mapFilter((name, value) -> has({names:Array(String)}, name), statistics)) AS totals
FROM current_appearances
INNER JOIN (
    SELECT match_id, starts_at FROM current_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
        AND ({before:Int64} = 0 OR toUnixTimestamp64Milli(starts_at) < {before:Int64})
) AS started USING (match_id)
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND minutes > 0
GROUP BY player_id HAVING total_minutes >= {min_minutes:Int64}
"""


class ClickHouseSeasonStore:
    """Reads the tables that ingest-batch fills."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def events(self, league_id: int, season_id: int) -> Sequence[SeasonEvent]:
        """List every event of the season, whatever its status."""
        from functions.analyze.season.progress import SeasonEvent

        return [SeasonEvent(**row) for row in self._rows(_EVENTS, league_id, season_id)]

    def shots(self, league_id: int, season_id: int) -> ShotChances:
        """Return the expected goals of every shot, for the matches in which every shot has them."""
        return {row["match_id"]: (row["home"], row["away"]) for row in self._rows(_SHOTS, league_id, season_id)}

    def closing_odds(self, league_id: int) -> ClosingOdds:
        """Return the closing odds of the league's matches: Pinnacle's, else an exchange's, else the market's mean."""
        rows = self._warehouse.query(inline_views(_CLOSING_ODDS), {"league_id": league_id})
        return {row["match_id"]: tuple(row["odds"]) for row in rows}

    def discipline(self, league_id: int, season_id: int) -> Sequence[MatchDiscipline]:
        """List cards, fouls and referee of the matches whose incidents are stored."""
        from functions.analyze.views.discipline import MatchDiscipline

        return [MatchDiscipline(**row) for row in self._rows(_DISCIPLINE, league_id, season_id)]

    def players(self, league_id: int, season_id: int, at: datetime | None) -> Sequence[PlayerSeason]:
        """List what every player did in the matches that were over at a moment; None means now."""
        from functions.analyze.views.players import MIN_MINUTES, PER_90, SHARES, PlayerSeason

        names = {*PER_90, *(name for part, whole in SHARES.values() for name in (part, *whole))}
        before = 0 if at is None else int((at - MATCH_DURATION).timestamp() * 1000) + 1
        rows = self._rows(_PLAYERS, league_id, season_id, names=sorted(names), before=before, min_minutes=MIN_MINUTES)
        return [
            PlayerSeason(
                player_id=row["player_id"],
                player=row["player"],
                team_id=row["last_team_id"],
                position=row["position"],
                minutes=row["total_minutes"],
                rating=row["mean_rating"],
                totals=dict(row["totals"]),
            )
            for row in rows
        ]

    def _rows(self, query: str, league_id: int, season_id: int, **params: Any) -> list[dict[str, Any]]:
        parameters = {"league_id": league_id, "season_id": season_id, **params}
        return self._warehouse.query(inline_views(query), parameters)
