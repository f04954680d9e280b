"""Small made-up answers in the source's shape, for what the recordings do not show."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from shared.domain import sofascore
from shared.domain.football.records import Match

READ_AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
READ_MS = 1_772_366_400_250
Json = dict[str, Any]


def event(**changes: Any) -> Json:
    """A finished 2-1; a change of None takes the field away."""
    whole: Json = {
        "id": 501,
        "customId": "aBc",
        "startTimestamp": 1_760_000_000,
        "tournament": {
            "id": 1,
            "name": "First Division",
            "uniqueTournament": {"id": 17, "name": "First Division", "category": {"name": "Nowhere"}},
        },
        "season": {"id": 9001, "year": "25/26"},
        "roundInfo": {"round": 7},
        "status": {"code": 100, "type": "finished", "description": "Ended"},
        "winnerCode": 1,
        "homeTeam": team(42, "Alpha"),
        "awayTeam": team(43, "Beta"),
        "homeScore": score(1, 1),
        "awayScore": score(0, 1),
        "time": {"injuryTime1": 3, "injuryTime2": 5},
        "changes": {"changes": ["status.code"], "changeTimestamp": 1_760_007_000},
        "hasXg": True,
        "hasEventPlayerStatistics": True,
    }
    whole |= changes
    return {name: value for name, value in whole.items() if value is not None}


def team(id: int, name: str) -> Json:
    return {"id": id, "name": name, "shortName": name, "nameCode": name[:3].upper(), "country": {"name": "Nowhere"}}


def score(period1: int, period2: int, **more: int) -> Json:
    total = period1 + period2
    return {
        "period1": period1, "period2": period2, "normaltime": total, "display": total, "current": total,
    } | more  # fmt: skip


def status(code: int, type: str = "finished") -> Json:
    return {"code": code, "type": type}


def body(**answer: Any) -> str:
    return json.dumps(answer)


def match(**changes: Any) -> Match:
    """The match of an `event`."""
    return sofascore.parse_event(body(event=event(**changes)), read_at=READ_AT).match


def lineup_player(id: int, **changes: Any) -> Json:
    return {
        "player": {"id": id, "name": f"Player {id}", "position": "M"},
        "position": "M",
        "shirtNumber": id % 100,
        "substitute": False,
        "statistics": {"minutesPlayed": 90, "rating": 6.5},
    } | changes


def squad(first_id: int) -> Json:
    """Eleven who play through, one of them in goal."""
    keeper = lineup_player(first_id, position="G")
    return {"formation": "4-4-2", "players": [keeper, *(lineup_player(first_id + n) for n in range(1, 11))]}


def goal(minute: int, is_home: bool, home: int, away: int, **changes: Any) -> Json:
    return {
        "incidentType": "goal", "incidentClass": "regular", "time": minute, "isHome": is_home, "homeScore": home,
        "awayScore": away, "player": {"id": 7, "name": "Scorer"},
    } | changes  # fmt: skip


def shot(minute: int = 10, **changes: Any) -> Json:
    return {
        "id": minute, "player": {"id": 7, "name": "Scorer"}, "isHome": True, "shotType": "miss",
        "playerCoordinates": {"x": 12.0, "y": 50.0, "z": 0}, "time": minute, "xg": 0.1,
    } | changes  # fmt: skip


def item(key: str, home: float, away: float, **changes: Any) -> Json:
    return {
        "key": key, "name": key, "home": f"{home:g}", "away": f"{away:g}", "homeValue": home, "awayValue": away,
    } | changes  # fmt: skip


def statistics(**periods: list[Json]) -> str:
    """Items by period (``ALL=[...]``; ``FIRST`` and ``SECOND`` for the halves), all in one group."""
    names = {"FIRST": "1ST", "SECOND": "2ND"}
    return body(
        statistics=[
            {"period": names.get(period, period), "groups": [{"groupName": "Overview", "statisticsItems": items}]}
            for period, items in periods.items()
        ]
    )


def standings_row(id: int, wins: int, draws: int, losses: int, goals: str, **changes: Any) -> Json:
    scored, conceded = (int(number) for number in goals.split(":"))
    return {
        "team": team(id, f"Team {id}"), "position": 1, "matches": wins + draws + losses, "wins": wins, "draws": draws,
        "losses": losses, "scoresFor": scored, "scoresAgainst": conceded, "points": 3 * wins + draws,
    } | changes  # fmt: skip


def full_event() -> Json:
    """An event as its own page shows it."""
    home = team(42, "Alpha") | {"manager": {"id": 1, "name": "Coach"}}
    venue = {"id": 3, "name": "Ground", "stadium": {"name": "Ground"}, "city": {"name": "Town"}}
    return event(homeTeam=home, venue=venue, referee={"id": 4, "name": "Whistle"}, attendance=30_000, homeRedCards=1)


def full_row() -> Json:
    """A row of the source's table with a remark and what it leads to."""
    return standings_row(
        1, 2, 1, 0, "5:2", points=1, descriptions=[{"text": "6 points deducted"}],
        promotion={"id": 1, "text": "Relegation"},
    )  # fmt: skip


def substitution() -> Json:
    return {
        "incidentType": "substitution", "incidentClass": "regular", "time": 60, "isHome": True, "id": 77,
        "playerIn": {"id": 11, "name": "In"}, "playerOut": {"id": 12, "name": "Out"},
    }  # fmt: skip
