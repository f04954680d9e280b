"""One small picture of each kind, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.plot.figures import forecasts as scores
from functions.plot.figures import radar, seasons, shots
from functions.plot.figures import rating_lines as ratings
from functions.plot.figures.picture import Picture
from shared.domain.catalogue import leagues
from shared.domain.football.records import Match
from shared.testing.batches import match

NAMES = {1: "Fenerbahçe", 2: "Górnik Łódź", 3: "Šibenik & $1$"}
SPOT_AND_EDGE = ((11.5, 50.0), (17.0, 50.0))
FORECAST = {
    "home": {"id": 1, "name": NAMES[1]},
    "away": {"id": 2, "name": NAMES[2]},
    "probabilities": {"home": 0.5, "draw": 0.3, "away": 0.2},
    "likely_scores": [{"score": "1-0", "p": 0.3}],
    "scores": [[0.2, 0.1], [0.3, 0.1]],
}


def played(match_id: int, home: int, away: int, score: str, round: int) -> Match:
    """A match that ended, a week after the last round."""
    home_goals, _, away_goals = score.partition(":")
    return replace(
        match(match_id),
        home_id=home,
        away_id=away,
        home_name=NAMES[home],
        away_name=NAMES[away],
        home_goals=int(home_goals),
        away_goals=int(away_goals),
        home_goals_display=int(home_goals),
        away_goals_display=int(away_goals),
        status_code=100,
        status_type="finished",
        round=round,
        starts_at=datetime(2025, 8, 2, 14, tzinfo=UTC) + timedelta(weeks=round),
    )


OUTLOOK = {
    "n_played": 3,
    "n_to_play": 3,
    "n_simulations": 10_000,
    "teams": [
        {"team_id": 1, "team": NAMES[1], "mean_points": 8.4, "p_champion": 0.996, "p_place": [0.996, 0.004, 0.0]},
        {"team_id": 2, "team": NAMES[2], "mean_points": 4.1, "p_champion": 0.004, "p_place": [0.004, 0.996, 0.0]},
        {"team_id": 3, "team": NAMES[3], "mean_points": 1.0, "p_champion": 0.0, "p_place": [0.0, 0.0, 1.0]},
    ],
}
HISTORY = {
    "days": ["2025-08-03", "2025-08-10", "2025-09-07"],
    "teams": [
        {"team_id": 2, "team": NAMES[2], "elo": [1500.0, 1490.0, 1490.0]},
        {"team_id": 1, "team": NAMES[1], "elo": [1500.0, 1510.0, 1521.4]},
        {"team_id": 3, "team": NAMES[3], "elo": [1420.0, 1420.0, 1408.6]},
    ],
}
SEASON = (
    played(1, 1, 2, "2:1", 1),
    played(2, 2, 3, "3:0", 2),
    played(3, 3, 1, "0:0", 3),
)


def shot(minute: int, x: float, y: float = 50.0, **changes: Any) -> dict[str, Any]:
    """A shot of the home side that the source says is worth 0.1, unless told otherwise."""
    actual = {
        "minute": minute, "added_minute": None, "is_home": True, "player_name": "Łukasz Ćwiąkała", "outcome": "miss",
        "situation": "regular", "body_part": "left-foot", "x": x, "y": y, "xg": 0.1,
    }  # fmt: skip
    return {**actual, **changes}


SHOTS = (
    shot(10, *SPOT_AND_EDGE[0], situation="penalty", xg=0.79, outcome="goal"),
    shot(45, 20.0, added_minute=2, outcome="save"),
    shot(46, 8.0, is_home=False, xg=None, outcome="goal"),
    shot(80, *SPOT_AND_EDGE[1]),
)


def forward(player_id: int, goals: float, minutes: int = 900, **totals: float) -> radar.PlayerSeason:
    return radar.PlayerSeason(
        player_id=player_id,
        player=f"Player {player_id}",
        position="F",
        minutes=minutes,
        totals={"goals": goals, "totalShots": 20.0, "keyPass": 3.0, **totals},
    )


FORWARDS = (forward(1, 10), forward(2, 5), forward(3, 5), forward(4, 0), forward(5, 9, minutes=80))


def every_picture() -> dict[str, Picture]:
    """By name of its route."""
    england = leagues.by_slug("england")
    return {
        "shots": shots.shot_map(SEASON[0], SHOTS),
        "xg-race": shots.xg_race(SEASON[0], SHOTS),
        "score-matrix": scores.score_matrix(FORECAST),
        "ranks": scores.ranks("england", "League", "2025/26", OUTLOOK),
        "positions": seasons.positions("League", "2025/26", england, SEASON),
        "ratings": ratings.lines("england", "League", "2025/26", "elo", HISTORY),
        "form": seasons.form("League", "2025/26", england, SEASON, n=5),
        "radar": radar.radar(2, FORWARDS, season_name="League 25/26", min_minutes=450),
    }
