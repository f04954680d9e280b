"""Falsifies responses: shifted numbers, as recorded from a site that suspected bots, and renamed fields."""

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
"""(old, new) names of fields by kind of address; one pair is applied at a time."""


def rename_field(kind: str, body: bytes, rng: Random) -> bytes | None:
    """Rename one field everywhere in a response; None for kinds without such fields."""
    if kind not in _NEW_NAMES:
        return None
    old, new = rng.choice(_NEW_NAMES[kind])
    return _encode(_rename(json.loads(body), old, new))


def falsify_numbers(kind: str, body: bytes, rng: Random) -> bytes | None:
    """Falsify numbers so that each looks plausible alone; None where the response has nothing to falsify."""
    if kind not in _POISONS:
        return None
    answer = json.loads(body)
    return _encode(answer) if rng.choice(_POISONS[kind])(answer, rng) else None


def _rename(value: Json, old: str, new: str) -> Json:
    if isinstance(value, list):
        return [_rename(item, old, new) for item in value]
    if isinstance(value, dict):
        return {new if name == old else name: _rename(inner, old, new) for name, inner in value.items()}
    return value


def _encode(answer: Json) -> bytes:
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


# Each changes the response in place and returns whether there was anything to change.


def _finished_event(answer: Json, rng: Random) -> Json | None:
    events = [answer["event"]] if "event" in answer else answer["events"]
    finished = [event for event in events if event["status"]["code"] == 100]
    return rng.choice(finished) if finished else None


def _shift_current_score(answer: Json, rng: Random) -> bool:
    """Shift the current score only. Recorded: a 0-2 shown as current 1-3, display 0-2."""
    event = _finished_event(answer, rng)
    for side in ("homeScore", "awayScore"):
        if event:
            event[side]["current"] += 1
    return bool(event)


def _swap_winner(answer: Json, rng: Random) -> bool:
    event = _finished_event(answer, rng)
    if event:
        event["winnerCode"] = event["winnerCode"] % 3 + 1
    return bool(event)


def _add_goal(answer: Json, rng: Random) -> bool:
    """Add a goal everywhere in this response, so that only other addresses contradict it."""
    event = _finished_event(answer, rng)
    if not event:
        return False
    side = "homeScore" if "event" in answer else "awayScore"
    for name in ("current", "display", "normaltime", "period2"):
        event[side][name] += 1
    home, away = event["homeScore"]["display"], event["awayScore"]["display"]
    event["winnerCode"] = 3 if home == away else 1 if home > away else 2
    return True


def _shift_period_marks(answer: Json, rng: Random) -> bool:
    """Shift the marks of periods. Recorded: half-time at minute 38, full time at 85."""
    marks = [one for one in answer["incidents"] if one["incidentType"] == "period"]
    for mark in marks:
        mark["time"] -= rng.randrange(5, 8)
    return bool(marks)


def _swap_goal_sides(answer: Json, rng: Random) -> bool:
    """Swap the sides of goals. Recorded: goals of the away side marked as home."""
    goals = [one for one in answer["incidents"] if one["incidentType"] == "goal"]
    for goal in goals:
        goal["isHome"] = not goal["isHome"]
    return bool(goals)


def _drop_goal(answer: Json, rng: Random) -> bool:
    goals = [one for one in answer["incidents"] if one["incidentType"] == "goal"]
    if goals:
        answer["incidents"].remove(rng.choice(goals))
    return bool(goals)


def _find_items(answer: Json, key: str) -> list[Json]:
    return [
        item
        for period in answer["statistics"]
        if period["period"] == "ALL"
        for group in period["groups"]
        for item in group["statisticsItems"]
        if item.get("key") == key
    ]


def _shift_count(answer: Json, rng: Random) -> bool:
    items = _find_items(answer, rng.choice(("cornerKicks", "fouls", "goalkeeperSaves", "totalShotsOnGoal")))
    by = rng.randrange(1, 4)
    for item in items:
        item["homeValue"] += by
        item["home"] = str(item["homeValue"])
    return bool(items)


def _shift_possession(answer: Json, rng: Random) -> bool:
    items = _find_items(answer, "ballPossession")
    for item in items:
        item["awayValue"] += rng.randrange(1, 4)
    return bool(items)


def _add_starter(answer: Json, rng: Random) -> bool:
    bench = [player for player in answer["home"]["players"] if player["substitute"]]
    if bench:
        rng.choice(bench)["substitute"] = False
    return bool(bench)


def _shift_minutes(answer: Json, rng: Random) -> bool:
    by = rng.randrange(15, 30)
    players = [one for one in answer["away"]["players"] if one.get("statistics", {}).get("minutesPlayed")]
    for player in players:
        player["statistics"]["minutesPlayed"] += by
    return bool(players)


def _swap_shot_sides(answer: Json, rng: Random) -> bool:
    for shot in answer["shotmap"]:
        shot["isHome"] = not shot["isHome"]
    # Readers recognise the sides by their goals; with equal goals the swap changes nothing.
    goals = [shot["isHome"] for shot in answer["shotmap"] if shot["shotType"] == "goal"]
    return goals.count(True) != goals.count(False)


def _shift_points(answer: Json, rng: Random) -> bool:
    rng.choice(answer["standings"][0]["rows"])["points"] += rng.choice((-1, 1, 2))
    return True


_EVENTS = (_shift_current_score, _swap_winner, _add_goal)

_POISONS: Mapping[str, tuple[Callable[[Json, Random], bool], ...]] = {
    **dict.fromkeys(("round", "last", "next", "event"), _EVENTS),
    "incidents": (_shift_period_marks, _swap_goal_sides, _drop_goal),
    "statistics": (_shift_count, _shift_possession),
    "lineups": (_add_starter, _shift_minutes),
    "shotmap": (_swap_shot_sides,),
    "standings": (_shift_points,),
}
