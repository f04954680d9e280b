"""A league of twenty teams with names of every kind, half of its season played, one match of today on, one day ahead.

The schedule is a round robin around the day of the test, so that today's page has matches whenever the test runs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

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
from shared.testing.batches import match

SLUG, LEAGUE, SEASON = "italy", 23, 90_001
TEAMS = (
    "Wolverhampton Wanderers", "Borussia Mönchengladbach II", "מכבי תל אביב", "الهلال", "Nordhafen 1899", "Ødegaard BK",
    "Łódź Sport", "İstanbulspor", "Straße United", "FC Æbeltoft", "Đurđevac", "Lions", "Harbour Town", "City of Glass",
    "Old Mill", "Riverside", "North End", "South Park Rangers", "West & Sons", "<b>Bold</b> & \"Quoted\"",
)  # fmt: skip
RIVALS = (TEAMS[0], TEAMS[1])
ROUND_NOW = 20
LIVE, OVER, COMING = 1_000_000 + ROUND_NOW * 100, 1_000_000 + (ROUND_NOW - 1) * 100, 1_000_000 + (ROUND_NOW + 1) * 100
PLAYERS = {1: "محمد صلاح", 2: "Martin Ødegaard", 3: "Nguyễn Văn Quyết"}


def team_id(n: int) -> int:
    """The id of a team by its place in `TEAMS`."""
    return 7_000 + n


def player_id(team: int, n: int) -> int:
    """The id of the n-th player of a team."""
    return 50_000 + team * 20 + n


def today() -> datetime:
    """Midnight UTC of the day of the test."""
    now = datetime.now(UTC)
    return datetime(now.year, now.month, now.day, tzinfo=UTC)


def records() -> dict[str, list[Record]]:
    """Return all records by kind."""
    matches = [each for number in range(1, 39) for each in _round(number)]
    listed: list[Record] = [*matches]
    return {
        "leagues": [LeagueRecord(source="sofascore", version=1, league_id=LEAGUE, name="Serie A", country="Italy")],
        "seasons": [
            SeasonRecord(
                source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, name="Serie A 2026/27",
                year="2026/27", starts_in=2026,
            )
        ],
        "teams": [_team(n, name) for n, name in enumerate(TEAMS)],
        "players": [_player(team, n) for team in range(len(TEAMS)) for n in range(14)],
        "matches": listed,
        "match_details": [_detail(LIVE), _detail(OVER)],
        "team_statistics": [_statistic(one, *each) for one in (LIVE, OVER) for each in _STATISTICS],
        "appearances": [each for one in matches if one.status_type != "notstarted" for each in _appearances(one)],
        "incidents": [*_incidents(LIVE), *_incidents(OVER)],
        "shots": [each for one in (LIVE, OVER) for each in _shots(one)],
    }  # fmt: skip


def _round(number: int) -> list[Match]:
    """The matches of a round: the circle method, mirrored in the second half of the season."""
    n = len(TEAMS)
    k = (number - 1) % (n - 1)
    order = [0, *(1 + (k + i) % (n - 1) for i in range(n - 1))]
    pairs = [(order[i], order[n - 1 - i]) for i in range(n // 2)]
    if number == ROUND_NOW:
        pairs.sort(key=lambda pair: 0 not in pair)
    if (number % 2 == 0) != (number > n - 1):
        pairs = [(away, home) for home, away in pairs]
    return [_match(number, i, *pair) for i, pair in enumerate(pairs)]


def _match(number: int, i: int, home: int, away: int) -> Match:
    now = datetime.now(UTC)
    starts_at = today() + timedelta(days=7 * (number - ROUND_NOW), hours=12 + i % 4)
    if number == ROUND_NOW and i == 0:
        starts_at = max(today(), now - timedelta(minutes=50))
    goals = ((home * 7 + number) % 4, (away * 5 + number * 3) % 3)
    state: dict[str, Any] = {"status_code": 100, "status_type": "finished"}
    if number > ROUND_NOW or (number == ROUND_NOW and i > 0):
        goals, state = (None, None), {"status_code": 0, "status_type": "notstarted"}  # type: ignore[assignment]
    if number == ROUND_NOW and i == 0:
        goals, state = (1, 0), {"status_code": 7, "status_type": "inprogress"}
    return match(
        1_000_000 + number * 100 + i, league_id=LEAGUE, season_id=SEASON, tournament_id=LEAGUE, round=number,
        starts_at=starts_at, home_id=team_id(home), away_id=team_id(away), home_name=TEAMS[home],
        away_name=TEAMS[away], home_goals=goals[0], away_goals=goals[1], home_goals_display=goals[0],
        away_goals_display=goals[1], home_goals_period1=None, away_goals_period1=None, winner=None, **state,
    )  # fmt: skip


def _team(n: int, name: str) -> Team:
    return Team(
        source="sofascore", version=1, team_id=team_id(n), name=name, short_name=name[:12], code=name[:3].upper(),
        country="Italy",
    )  # fmt: skip


def player_name(team: int, n: int) -> str:
    """The name of the n-th player of a team."""
    return PLAYERS.get(n, f"Player {team} {n}") if team < 2 else f"Player {team} {n}"


def _player(team: int, n: int) -> Player:
    return Player(
        source="sofascore", version=1, player_id=player_id(team, n), name=player_name(team, n),
        short_name=player_name(team, n), position=_position(n), country="Italy", born_on=None, height_cm=180 + n,
    )  # fmt: skip


def _position(n: int) -> str:
    return "G" if n == 0 else "D" if n < 5 else "M" if n < 9 else "F"


def _appearances(one: Match) -> list[Appearance]:
    rows = []
    for side, is_home in ((one.home_id, True), (one.away_id, False)):
        team = side - team_id(0)
        for n in range(14):
            minutes = 90 if n < 11 else 25 if n == 11 else None
            worth = float((team * 3 + n * 5 + (one.round or 0)) % 4)
            rows.append(
                Appearance(
                    source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=one.match_id,
                    player_id=player_id(team, n), player_name=player_name(team, n), team_id=side, is_home=is_home,
                    position=_position(n), shirt_number=n + 1, starter=n < 11, captain=n == 4, minutes=minutes,
                    rating=6.0 + worth / 2 if minutes else None,
                    statistics={
                        "goals": worth if n > 8 else 0.0, "goalAssist": worth / 2, "totalShots": worth + 1,
                        "onTargetScoringAttempt": worth, "keyPass": worth, "interceptionWon": 1.0, "totalTackle": worth,
                        "accuratePass": 20.0 + n, "totalPass": 30.0 + n, "duelWon": worth + 1, "duelLost": 2.0,
                        "expectedGoals": worth / 3, "expectedAssists": worth / 5,
                    } if minutes else {},
                )
            )  # fmt: skip
    return rows


def _detail(id: int) -> MatchDetail:
    return MatchDetail(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=id, venue="Stadio", city="Roma",
        attendance=30_123, referee_id=7, referee="A. Fischio", home_manager_id=1, home_manager="A. Uno",
        away_manager_id=2, away_manager="B. Due", home_formation="4-4-2", away_formation="4-4-2",
    )  # fmt: skip


_STATISTICS = (
    ("expectedGoals", 1.42, 0.61), ("ballPossession", 58.0, 42.0), ("totalShotsOnGoal", 12.0, 7.0),
    ("shotsOnGoal", 5.0, 2.0), ("cornerKicks", 6.0, 3.0), ("fouls", 9.0, 11.0),
)  # fmt: skip


def _statistic(id: int, key: str, home: float, away: float) -> TeamStatistic:
    return TeamStatistic(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=id, period="ALL", key=key, name=key,
        groups=("Overview",), home_value=home, away_value=away, home_total=None, away_total=None, home_text=f"{home:g}",
        away_text=f"{away:g}",
    )  # fmt: skip


def _incidents(id: int) -> list[Incident]:
    first = Incident(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=id, ordinal=0, kind="goal",
        detail="regular", minute=17, added_minute=None, is_home=True, player_id=player_id(0, 1), player_name=PLAYERS[1],
        second_player_id=player_id(0, 2), second_player_name=PLAYERS[2], home_score=1, away_score=0, rescinded=False,
    )  # fmt: skip
    card = replace(
        first, ordinal=1, kind="card", detail="yellow", minute=31, is_home=False, player_name=PLAYERS[3],
        second_player_name="", second_player_id=None, home_score=None, away_score=None,
    )  # fmt: skip
    return [first, card]


def _shots(id: int) -> list[Shot]:
    places = [
        (5.5, 50.0, 0.41, "goal"),
        (14.0, 41.0, 0.08, "save"),
        (22.0, 63.0, 0.04, "miss"),
        (9.0, 55.0, 0.2, "block"),
    ]
    return [
        Shot(
            source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=id, ordinal=2 * n + (not home),
            shot_id=None, player_id=player_id(0, 1), player_name=PLAYERS[1], is_home=home,
            outcome=outcome if home else "save", situation="assisted", body_part="head", goal_type="",
            minute=17 + 11 * n, added_minute=None, second=None, x=x, y=y, z=0.0, goal_mouth_location="low-left",
            goal_mouth_y=None, goal_mouth_z=None, xg=xg, xgot=None,
        )
        for n, (x, y, xg, outcome) in enumerate(places) for home in (True, False)
    ]  # fmt: skip
