"""Answers that are wrong on purpose: numbers as they were falsified for suspected bots, and fields under new names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Json = Any

_NEW_NAMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "seasons": (("seasons", "editions"), ("year", "label")),
    "rounds": (("rounds", "stages"), ("round", "number")),
    "round": (("homeTeam", "home"), ("startTimestamp", "start"), ("events", "matches"), ("homeScore", "scoreHome")),
    "event": (("awayTeam", "away"), ("status", "state"), ("homeScore", "scoreHome"), ("event", "match")),
    "statistics": (("statisticsItems", "items"), ("homeValue", "home_value"), ("key", "statistic")),
    "lineups": (("players", "squad"), ("substitute", "onBench"), ("minutesPlayed", "minutes"), ("player", "person")),
    "incidents": (("incidentType", "type"), ("isHome", "home_side"), ("incidents", "happenings")),
    "shotmap": (("playerCoordinates", "from"), ("shotmap", "shots"), ("xg", "expectedGoals")),
    "standings": (("rows", "entries"), ("points", "pts")),
}
"""What a change of the schema may do to an answer of a kind: one of these at a time."""


def renamed(kind: str, body: bytes, rng: Random) -> bytes | None:
    """The answer with one of its fields called otherwise, everywhere in it; None for kinds that do not change."""
    if kind not in _NEW_NAMES:
        return None
    old, new = rng.choice(_NEW_NAMES[kind])
    return _encoded(_rename(json.loads(body), old, new))


def poisoned(kind: str, body: bytes, rng: Random) -> bytes | None:
    """The answer with numbers that look right one by one; None where the kind, or this answer, offers nothing."""
    if kind not in _POISONS:
        return None
    answer = json.loads(body)
    return _encoded(answer) if rng.choice(_POISONS[kind])(answer, rng) else None


def _rename(value: Json, old: str, new: str) -> Json:
    if isinstance(value, list):
        return [_rename(item, old, new) for item in value]
    if isinstance(value, dict):
        return {new if name == old else name: _rename(inner, old, new) for name, inner in value.items()}
    return value


def _encoded(answer: Json) -> bytes:
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


# Each changes the answer and tells whether there was anything to change.


def _played(answer: Json, rng: Random) -> Json | None:
    events = [answer["event"]] if "event" in answer else answer["events"]
    ended = [event for event in events if event["status"]["code"] == 100]
    return rng.choice(ended) if ended else None


def _current_score(answer: Json, rng: Random) -> bool:
    """As recorded: a 0-2 shown as current 1-3, display 0-2."""
    event = _played(answer, rng)
    for side in ("homeScore", "awayScore"):
        if event:
            event[side]["current"] += 1
    return bool(event)


def _winner(answer: Json, rng: Random) -> bool:
    event = _played(answer, rng)
    if event:
        event["winnerCode"] = event["winnerCode"] % 3 + 1
    return bool(event)


def _whole_score(answer: Json, rng: Random) -> bool:
    """A goal more, told everywhere in this answer: nothing in it contradicts anything. Every kind lies by itself."""
    event = _played(answer, rng)
    if not event:
        return False
    side = "homeScore" if "event" in answer else "awayScore"
    for name in ("current", "display", "normaltime", "period2"):
        event[side][name] += 1
    home, away = event["homeScore"]["display"], event["awayScore"]["display"]
    event["winnerCode"] = 3 if home == away else 1 if home > away else 2
    return True


def _marks(answer: Json, rng: Random) -> bool:
    """As recorded: half-time at minute 38, full time at 85."""
    marks = [one for one in answer["incidents"] if one["incidentType"] == "period"]
    for mark in marks:
        mark["time"] -= rng.randrange(5, 8)
    return bool(marks)


def _sides_of_goals(answer: Json, rng: Random) -> bool:
    """As recorded: goals of the away side marked as home."""
    goals = [one for one in answer["incidents"] if one["incidentType"] == "goal"]
    for goal in goals:
        goal["isHome"] = not goal["isHome"]
    return bool(goals)


def _missing_goal(answer: Json, rng: Random) -> bool:
    goals = [one for one in answer["incidents"] if one["incidentType"] == "goal"]
    if goals:
        answer["incidents"].remove(rng.choice(goals))
    return bool(goals)


def _items(answer: Json, key: str) -> list[Json]:
    return [
        item
        for period in answer["statistics"]
        if period["period"] == "ALL"
        for group in period["groups"]
        for item in group["statisticsItems"]
        if item.get("key") == key
    ]


def _count(answer: Json, rng: Random) -> bool:
    items = _items(answer, rng.choice(("cornerKicks", "fouls", "goalkeeperSaves", "totalShotsOnGoal")))
    by = rng.randrange(1, 4)
    for item in items:
        item["homeValue"] += by
        item["home"] = str(item["homeValue"])
    return bool(items)


def _possession(answer: Json, rng: Random) -> bool:
    items = _items(answer, "ballPossession")
    for item in items:
        item["awayValue"] += rng.randrange(1, 4)
    return bool(items)


def _starters(answer: Json, rng: Random) -> bool:
    bench = [player for player in answer["home"]["players"] if player["substitute"]]
    if bench:
        rng.choice(bench)["substitute"] = False
    return bool(bench)


def _minutes(answer: Json, rng: Random) -> bool:
    by = rng.randrange(15, 30)
    players = [one for one in answer["away"]["players"] if one.get("statistics", {}).get("minutesPlayed")]
    for player in players:
        player["statistics"]["minutesPlayed"] += by
    return bool(players)


def _sides_of_shots(answer: Json, rng: Random) -> bool:
    for shot in answer["shotmap"]:
        shot["isHome"] = not shot["isHome"]
    # Only goals tell the sides apart; as many on both is the same as before.
    goals = [shot["isHome"] for shot in answer["shotmap"] if shot["shotType"] == "goal"]
    return goals.count(True) != goals.count(False)


def _points(answer: Json, rng: Random) -> bool:
    rng.choice(answer["standings"][0]["rows"])["points"] += rng.choice((-1, 1, 2))
    return True


_EVENTS = (_current_score, _winner, _whole_score)

_POISONS: Mapping[str, tuple[Callable[[Json, Random], bool], ...]] = {
    **dict.fromkeys(("round", "last", "next", "event"), _EVENTS),
    "incidents": (_marks, _sides_of_goals, _missing_goal),
    "statistics": (_count, _possession),
    "lineups": (_starters, _minutes),
    "shotmap": (_sides_of_shots,),
    "standings": (_points,),
}
