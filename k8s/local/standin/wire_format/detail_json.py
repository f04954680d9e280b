"""Line-ups, incidents and shot maps in the site's JSON."""

from __future__ import annotations

from typing import Any

from k8s.local.standin.wire_format.event_json import Json, player_json, short_player_json
from k8s.local.standin.world.detail_model import Detail, Line, Moment, Side
from k8s.local.standin.world.matches import HALF_S, shown_minute
from k8s.local.standin.world.random_streams import stable_hash
from k8s.local.standin.world.shots import Shot

_STATISTICS_TYPE = {"sportSlug": "football", "statisticsType": "player"}
_ALWAYS_SHOWN = ("totalShots", "goalAssist")
_END_OF_PERIOD = 999
"""The `addedTime` of period markers."""


def lineups_json(detail: Detail) -> Json:
    """Write both line-ups with the players' statistics."""
    home, away = (_side_json(side) for side in detail.sides)
    return {"confirmed": True, "home": home, "away": away, "statisticalVersion": 3}


def _side_json(side: Side) -> Json:
    return {
        "players": [_line_json(side, line) for line in side.lines],
        "supportStaff": [],
        "formation": side.formation,
        "playerColor": _colours(side.team.colours[0]),
        "goalkeeperColor": _colours(side.team.colours[1]),
        "missingPlayers": [
            {"player": player_json(player), "type": "missing", "reason": 1, "description": why, "externalType": 114}
            for player, why in side.missing
        ],
    }


def _colours(colour: str) -> Json:
    bare = colour.lstrip("#")
    return {"primary": bare, "number": "ffffff", "outline": bare, "fancyNumber": "222226"}


def _line_json(side: Side, line: Line) -> Json:
    document: Json = {
        "player": player_json(line.player),
        "teamId": side.team.id,
        "shirtNumber": line.player.shirt,
        "jerseyNumber": str(line.player.shirt),
        "position": line.position,
        "substitute": not line.is_starter,
        "statistics": _statistics(line),
    }
    if line.is_captain:
        document["captain"] = True
    return document


def _statistics(line: Line) -> Json:
    """Write what a player did: counts of nought left out, but for the two the site always tells."""
    if not line.appeared:
        return {"totalShots": 0, "statisticsType": _STATISTICS_TYPE}
    counts = {name: _number(value) for name, value in line.counts.items() if value}
    document: Json = {name: int(line.counts.get(name, 0)) for name in _ALWAYS_SHOWN}
    alternative = counts.pop("alternative", None)
    document |= counts
    document["minutesPlayed"] = line.minutes
    document["ratingVersions"] = {"original": counts.get("rating"), "alternative": alternative}
    document["statisticsType"] = _STATISTICS_TYPE
    return document


def _number(value: float) -> float:
    return int(value) if value == int(value) else round(value, 6)


def shotmap_json(detail: Detail) -> Json:
    """Write every shot, the latest first. Own goals are no shots of anybody, so they are not here."""
    shots = [(shot, side is detail.home) for side in detail.sides for shot in side.shots]
    shots.sort(key=lambda pair: pair[0].moment, reverse=True)
    return {"shotmap": [_shot_json(detail, shot, is_home) for shot, is_home in shots]}


def _shot_json(detail: Detail, shot: Shot[Line], is_home: bool) -> Json:
    time, added = shown_minute(*shot.moment)
    half, second = shot.moment
    document: Json = {
        "player": short_player_json(shot.shooter.player),
        "isHome": is_home,
        "shotType": shot.outcome,
        "situation": shot.situation,
        "playerCoordinates": {"x": shot.x, "y": shot.y, "z": 0},
        "bodyPart": shot.body_part,
        "goalMouthLocation": shot.mouth_place,
        "goalMouthCoordinates": {"x": 0, "y": shot.mouth_y, "z": shot.mouth_z},
        "xg": shot.xg,
        "xgot": shot.xgot,
        "id": stable_hash("shot", detail.match.id, *shot.moment, bits=31),
        "time": time,
        "timeSeconds": HALF_S * (half - 1) + second,
        "draw": {
            "start": {"x": shot.y, "y": shot.x},
            "end": {"x": round(100 - shot.mouth_y, 1), "y": 0},
            "goal": {"x": round(100 - shot.mouth_y, 1), "y": round(100 - shot.mouth_z, 1)},
        },
        "reversedPeriodTime": _reversed(shot.moment),
        "reversedPeriodTimeSeconds": max(0, HALF_S - second),
        "incidentType": "shot",
    }
    if added is not None:
        document["addedTime"] = added
    if shot.outcome == "goal":
        document["goalType"] = "penalty" if shot.situation == "penalty" else "regular"
    if shot.blocker is not None:
        document["blockCoordinates"] = {"x": round(shot.x * 0.7, 1), "y": round(50 + (shot.y - 50) * 0.7, 1), "z": 0}
    return document


def incidents_json(detail: Detail) -> Json:
    """Write the incidents, the latest first."""
    incidents = _goals(detail) + _cards(detail) + _changes(detail) + _missed_penalties(detail)
    incidents += _periods(detail)
    incidents.sort(key=lambda pair: pair[0], reverse=True)
    documents = [document for _, document in incidents]
    colours = [
        {"goalkeeperColor": _colours(side.team.colours[1]), "playerColor": _colours(side.team.colours[0])}
        for side in detail.sides
    ]
    return {"incidents": documents, "home": colours[0], "away": colours[1]}


_Incidents = list[tuple[tuple[int, int, int], Json]]
"""((half, second, order within the second), incident)."""


def _reversed(moment: Moment) -> int:
    return max(1, 46 - (moment[1] // 60 + 1))


def _incident(detail: Detail, kind: str, moment: Moment, is_home: bool, part: Json) -> Json:
    time, added = shown_minute(*moment)
    who = part.get("player") or part["playerOut"]
    number = stable_hash(kind, detail.match.id, *moment, who["id"], bits=31)
    document = part | {"id": number, "time": time}
    if added is not None:
        document["addedTime"] = added
    return document | {"isHome": is_home, "reversedPeriodTime": _reversed(moment), "incidentType": kind}


def _goals(detail: Detail) -> _Incidents:
    incidents: _Incidents = []
    score = [0, 0]
    strikes = [(strike, side is detail.home) for side in detail.sides for strike in side.strikes]
    strikes.sort(key=lambda pair: (pair[0].goal.half, pair[0].goal.second))
    for strike, is_home in strikes:
        score[0 if is_home else 1] += 1
        goal = strike.goal
        part: Json = {
            "homeScore": score[0],
            "awayScore": score[1],
            "player": short_player_json(strike.scorer.player),
            "playerName": strike.scorer.player.name,
        }
        if strike.assist is not None:
            part["assist1"] = short_player_json(strike.assist.player)
        if goal.kind != "regular":
            part["from"] = "penalty" if goal.kind == "penalty" else "owngoal"
        part["incidentClass"] = goal.kind
        moment = (goal.half, goal.second)
        incidents.append(((*moment, 1), _incident(detail, "goal", moment, is_home, part)))
    return incidents


def _cards(detail: Detail) -> _Incidents:
    incidents: _Incidents = []
    for side in detail.sides:
        for card in side.cards:
            part: Json = {
                "player": short_player_json(card.line.player),
                "playerName": card.line.player.name,
                "reason": card.reason,
                "rescinded": False,
                "incidentClass": card.kind,
            }
            document = _incident(detail, "card", card.moment, side is detail.home, part)
            incidents.append(((*card.moment, 2), document))
    return incidents


def _changes(detail: Detail) -> _Incidents:
    incidents: _Incidents = []
    for side in detail.sides:
        for number, change in enumerate(side.substitutions):
            part: Json = {
                "playerIn": short_player_json(change.come.player),
                "playerOut": short_player_json(change.out.player),
                "playerName": change.out.player.name,
                "injury": change.is_injury,
                "incidentClass": "injury" if change.is_injury else "regular",
            }
            document = _incident(detail, "substitution", change.moment, side is detail.home, part)
            incidents.append(((*change.moment, 10 + number), document))
    return incidents


def _missed_penalties(detail: Detail) -> _Incidents:
    incidents: _Incidents = []
    for side in detail.sides:
        for shot in side.missed_penalties:
            part: Json = {
                "player": short_player_json(shot.shooter.player),
                "playerName": shot.shooter.player.name,
                "description": "Goalkeeper save" if shot.outcome == "save" else "Off target",
                "reason": shot.outcome,
                "incidentClass": "missed",
            }
            document = _incident(detail, "inGamePenalty", shot.moment, side is detail.home, part)
            incidents.append(((*shot.moment, 3), document))
    return incidents


def _periods(detail: Detail) -> _Incidents:
    """Write the board's stoppage time and the end of each half that is over."""
    incidents: _Incidents = []
    state, match = detail.state, detail.match
    over = 2 if state.is_final else 1 if state.code in (31, 7) else 0
    for half in range(1, over + 1):
        home, away = sum(state.home[:half]), sum(state.away[:half])
        board: dict[str, Any] = {
            "length": match.added[half - 1],
            "time": 45 * half,
            "addedTime": 0,
            "reversedPeriodTime": 1,
            "incidentType": "injuryTime",
        }
        incidents.append(((half, HALF_S, 0), board))
        end: dict[str, Any] = {
            "text": "HT" if half == 1 else "FT",
            "homeScore": home,
            "awayScore": away,
            "isLive": False,
            "time": 45 * half,
            "addedTime": _END_OF_PERIOD,
            "timeSeconds": HALF_S * half,
            "reversedPeriodTime": 1,
            "reversedPeriodTimeSeconds": 0,
            "periodTimeSeconds": HALF_S,
            "incidentType": "period",
        }
        incidents.append(((half, 99_999, 0), end))
    return incidents
