"""A league of three teams, small enough to work out every answer by eye, and one match of another league.

Season 76986 of league 17, kick-offs at 14:00 UTC::

    round 1  16 Aug  match 1  Nordhafen 2:1 Suedstadt
    round 2  23 Aug  match 2  Suedstadt  -  Westend     postponed, played as match 4
    round 3  30 Aug  match 3  Westend   0:0 Nordhafen
    round 2  10 Sep  match 4  Suedstadt 3:0 Westend
    round 4  20 Sep  match 5  Suedstadt  -  Nordhafen   to come

The season before has match 101, the season after has none yet, league 8 has match 201.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Protocol

from shared.adapters.arrow import record_batches
from shared.domain.football.records import (
    Appearance,
    Incident,
    LeagueRecord,
    Match,
    MatchDetail,
    Player,
    Record,
    SeasonRecord,
    Shot,
    Team,
    TeamStatistic,
)
from shared.testing.batches import LEAGUE, SEASON, match

OTHER_LEAGUE, OTHER_SEASON = 8, 77559
SEASON_BEFORE, SEASON_AFTER = 61627, 80000
NORDHAFEN, SUEDSTADT, WESTEND, ELSEWHERE = 42, 43, 44, 50
_NAMES = {NORDHAFEN: "Nordhafen", SUEDSTADT: "Suedstadt", WESTEND: "Westend", ELSEWHERE: "Elsewhere", 51: "Beyond"}


class Warehouse(Protocol):
    """A store of records: ClickHouse or its fake."""

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Store the rows of an Arrow stream."""


def store(warehouse: Warehouse, kind: str, rows: Sequence[Record], token: str) -> None:
    """Insert records as ingest-batch does."""
    encoded = record_batches.encode(record_batches.to_table(kind, rows))
    warehouse.insert_stream(kind, record_batches.schema(kind).names, encoded, token=token)


def store_all(warehouse: Warehouse) -> None:
    """Insert the whole small league."""
    for kind, rows in RECORDS.items():
        store(warehouse, kind, rows, token=f"small-league-{kind}")


def season(season_id: int, year: str, league_id: int = LEAGUE) -> SeasonRecord:
    """One season."""
    return SeasonRecord(
        source="sofascore", version=1, league_id=league_id, season_id=season_id, name=f"Season {year}", year=year,
        starts_in=int(year[:4]),
    )  # fmt: skip


def meeting(
    match_id: int, home: int, away: int, score: str, month: int, day: int, *, round: int, **changes: Any
) -> Match:
    """A match of two teams in 2025; with an empty score it is to come."""
    goals = [int(part) for part in score.split(":")] if score else [None, None]
    fields: dict[str, Any] = {
        "round": round,
        "starts_at": datetime(2025, month, day, 14, tzinfo=UTC),
        "home_id": home,
        "away_id": away,
        "home_name": _NAMES[home],
        "away_name": _NAMES[away],
        "home_goals": goals[0],
        "away_goals": goals[1],
        "home_goals_display": goals[0],
        "away_goals_display": goals[1],
        "home_goals_period1": None,
        "away_goals_period1": None,
        "winner": None,
    }
    stands = {} if score else {"status_code": 0, "status_type": "notstarted"}
    return match(match_id, **{**fields, **stands, **changes})


def appearance(match_id: int, player_id: int, team_id: int, minutes: int | None, **changes: Any) -> Appearance:
    """A starter without a rating; `changes` are of `Appearance`."""
    appearance = Appearance(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=match_id, player_id=player_id,
        player_name=f"Player {player_id}", team_id=team_id, is_home=True, position="F", shirt_number=player_id,
        starter=True, captain=False, minutes=minutes, rating=None, statistics={},
    )  # fmt: skip
    return replace(appearance, **changes)


def incident(match_id: int, ordinal: int, **changes: Any) -> Incident:
    """A goal of the home side."""
    incident = Incident(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=match_id, ordinal=ordinal,
        kind="goal", detail="regular", minute=10 + ordinal, added_minute=None, is_home=True, player_id=1,
        player_name="Player 1", second_player_id=None, second_player_name="", home_score=ordinal + 1, away_score=0,
        rescinded=False,
    )  # fmt: skip
    return replace(incident, **changes)


def statistic(match_id: int, period: str, key: str, home: float | None, away: float | None) -> TeamStatistic:
    """One statistic of a match."""
    return TeamStatistic(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=match_id, period=period, key=key,
        name=key.title(), groups=("Attack", "Overview"), home_value=home, away_value=away, home_total=None,
        away_total=None, home_text="", away_text="",
    )  # fmt: skip


def team(team_id: int, **changes: Any) -> Team:
    """A club."""
    name = _NAMES[team_id]
    team = Team(
        source="sofascore", version=1, team_id=team_id, name=name, short_name=name[:4], code=name[:3].upper(),
        country="England",
    )  # fmt: skip
    return replace(team, **changes)


def player(player_id: int, **changes: Any) -> Player:
    """A forward."""
    player = Player(
        source="sofascore", version=1, player_id=player_id, name=f"Player {player_id}", short_name=f"P. {player_id}",
        position="F", country="England", born_on=date(1999, 2, 28), height_cm=None,
    )  # fmt: skip
    return replace(player, **changes)


RECORDS: dict[str, list[Record]] = {
    "leagues": [
        LeagueRecord(source="sofascore", version=1, league_id=LEAGUE, name="Premier League", country="England"),
        LeagueRecord(source="sofascore", version=1, league_id=OTHER_LEAGUE, name="LaLiga", country="Spain"),
        LeagueRecord(source="sofascore", version=1, league_id=999_999, name="Uncharted", country="Nowhere"),
    ],
    "seasons": [
        season(SEASON_BEFORE, "2024/25"),
        season(SEASON, "2025/26"),
        season(SEASON_AFTER, "2026/27"),
        season(OTHER_SEASON, "2025/26", OTHER_LEAGUE),
    ],
    "teams": [team(team_id) for team_id in _NAMES],
    "players": [player(player_id) for player_id in range(1, 6)],
    "matches": [
        meeting(1, NORDHAFEN, SUEDSTADT, "2:1", 8, 16, round=1),
        meeting(2, SUEDSTADT, WESTEND, "", 8, 23, round=2, status_code=60, status_type="postponed"),
        meeting(3, WESTEND, NORDHAFEN, "0:0", 8, 30, round=3),
        meeting(4, SUEDSTADT, WESTEND, "3:0", 9, 10, round=2),
        meeting(5, SUEDSTADT, NORDHAFEN, "", 9, 20, round=4),
        meeting(101, NORDHAFEN, SUEDSTADT, "0:1", 5, 10, round=38, season_id=SEASON_BEFORE),
        meeting(201, ELSEWHERE, 51, "1:1", 8, 17, round=1, season_id=OTHER_SEASON, league_id=OTHER_LEAGUE),
    ],
    "match_details": [
        MatchDetail(
            source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=1, venue="Hafenstadion",
            city="Nordhafen", attendance=None, referee_id=7, referee="A. Pfiff", home_manager_id=None,
            home_manager="", away_manager_id=None, away_manager="", home_formation="4-4-2", away_formation="",
        ),
    ],
    "team_statistics": [
        statistic(1, "ALL", "shotsOnGoal", 5.0, 3.0),
        statistic(1, "ALL", "ballPossession", 61.0, None),
        statistic(1, "1ST", "shotsOnGoal", 2.0, 3.0),
    ],
    "appearances": [
        appearance(1, 1, NORDHAFEN, 90, rating=8.0, statistics={"goals": 2.0, "keyPass": 2.0}),
        appearance(1, 2, SUEDSTADT, 60, rating=7.0, is_home=False, statistics={"goals": 1.0, "keyPass": 1.0}),
        appearance(1, 3, SUEDSTADT, None, is_home=False, starter=False),
        appearance(3, 5, WESTEND, 90, rating=6.0, statistics={"keyPass": 1.0, "goals": 0.0}),
        appearance(4, 2, SUEDSTADT, 90, rating=9.0, statistics={"goals": 1.0, "keyPass": 2.0}),
        appearance(4, 4, SUEDSTADT, 30, starter=False, position="G", statistics={"goals": 2.0, "keyPass": 2.0}),
        appearance(101, 1, SUEDSTADT, 30, season_id=SEASON_BEFORE, statistics={"keyPass": 1.0}),
    ],
    "incidents": [incident(1, 0), incident(1, 1), incident(1, 2, is_home=False, player_id=2, away_score=1)],
    "shots": [
        Shot(
            source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=1, ordinal=0, shot_id=None,
            player_id=1, player_name="Player 1", is_home=True, outcome="goal", situation="assisted",
            body_part="head", goal_type="regular", minute=10, added_minute=None, second=None, x=5.5, y=50.0, z=0.0,
            goal_mouth_location="low-left", goal_mouth_y=None, goal_mouth_z=None, xg=0.4, xgot=None,
        ),
    ],
}  # fmt: skip
"""Every record of the small league by kind."""
