"""The invariants that every part of a match must keep with every other; each check names the match it fails for."""

from __future__ import annotations

from collections import Counter
from typing import Any

Json = dict[str, Any]
SIDES = ("home", "away")
NOT_ADDITIVE = {"ballPossession", "duelWonPercent", "expectedGoals", "goalsPrevented"}


def check_event(event: Json) -> None:
    """Check that scores, winner and status of a list item agree."""
    code, name = event["status"]["code"], event["id"]
    scores = [event["homeScore"], event["awayScore"]]
    if code in (0, 60, 70):
        assert scores == [{}, {}], f"{name}: a score before the match"
        assert "winnerCode" not in event, name
    if code == 100:
        for score in scores:
            total = score["period1"] + score["period2"]
            assert score["current"] == score["display"] == score["normaltime"] == total, name
        home, away = (score["display"] for score in scores)
        assert event["winnerCode"] == (1 if home > away else 2 if away > home else 3), name
    assert event["changes"]["changeTimestamp"] > 0, name


def check_match(event: Json, statistics: Json, lineups: Json, incidents: Json, shotmap: Json) -> None:
    """Check that all parts of a match agree."""
    check_event(event)
    check_incidents(event, incidents["incidents"])
    check_statistics(event, statistics["statistics"])
    check_lineups(event, lineups, incidents["incidents"])
    check_shots(event, shotmap["shotmap"], statistics["statistics"], lineups, incidents["incidents"])


def check_incidents(event: Json, incidents: list[Json]) -> None:
    """Check that goals lead to the score one by one, period marks have their minutes, and the newest comes first."""
    name = event["id"]
    oldest_first = incidents[::-1]
    score = {"home": 0, "away": 0}
    for incident in oldest_first:
        if incident["incidentType"] == "goal":
            score["home" if incident["isHome"] else "away"] += 1
            assert (incident["homeScore"], incident["awayScore"]) == (score["home"], score["away"]), name
        if incident["incidentType"] == "period":
            assert (incident["homeScore"], incident["awayScore"]) == (score["home"], score["away"]), name
    for side in SIDES:
        assert score[side] == event[f"{side}Score"].get("display", 0), f"{name}: goals of {side}"
    places = [(incident["time"], incident.get("addedTime", 0)) for incident in oldest_first]
    halves = [2 if time > 45 else 1 for time, _ in places]
    assert halves == sorted(halves), f"{name}: order of incidents"
    for half in (1, 2):
        within = [place for place, which in zip(places, halves, strict=True) if which == half]
        assert within == sorted(within), f"{name}: order of incidents"
    ids = [incident["id"] for incident in incidents if "id" in incident]
    assert len(set(ids)) == len(ids), f"{name}: incident ids"
    markers = {incident["text"]: incident["time"] for incident in incidents if incident["incidentType"] == "period"}
    if event["status"]["code"] == 100:
        assert markers == {"HT": 45, "FT": 90}, name
    reds = Counter(
        "home" if incident["isHome"] else "away"
        for incident in incidents
        if incident["incidentType"] == "card" and incident["incidentClass"] in ("red", "yellowRed")
    )
    for side in SIDES:
        assert reds[side] == event.get(f"{side}RedCards", 0), f"{name}: red cards of {side}"


def values(statistics: list[Json], period: str) -> dict[str, Json]:
    """Return the items of a period by key; an item listed twice must be the same twice."""
    groups = next(entry["groups"] for entry in statistics if entry["period"] == period)
    items: dict[str, Json] = {}
    for group in groups:
        for item in group["statisticsItems"]:
            bare = {key: value for key, value in item.items() if key != "name"}
            known = items.setdefault(item["key"], bare)
            assert known == bare, item["key"]
    return items


def check_statistics(event: Json, statistics: list[Json]) -> None:
    """Check that counts add up over the halves, shares sum to 100, and no part exceeds its whole."""
    name = event["id"]
    whole = values(statistics, "ALL")
    halves = [values(statistics, entry["period"]) for entry in statistics[1:]]
    for key, item in whole.items():
        for field in ("homeValue", "awayValue", "homeTotal", "awayTotal"):
            if field in item and key not in NOT_ADDITIVE:
                total = sum(half.get(key, {}).get(field, 0) for half in halves)
                assert item[field] == total, f"{name}: {key} {field} {item[field]} is not the sum of halves {total}"
    for period in (whole, *halves):
        for key in ("ballPossession", "duelWonPercent"):
            assert period[key]["homeValue"] + period[key]["awayValue"] == 100, name
        for key, item in period.items():
            if "homeTotal" in item:
                assert item["homeValue"] <= item["homeTotal"], (name, key)
                assert item["awayValue"] <= item["awayTotal"], (name, key)
        for side in SIDES:
            field, other = f"{side}Value", "awayValue" if side == "home" else "homeValue"
            shots = {key: item[field] for key, item in period.items()}
            parts = shots["shotsOnGoal"] + shots["shotsOffGoal"] + shots["blockedScoringAttempt"]
            assert parts == shots["totalShotsOnGoal"], name
            assert shots["totalShotsInsideBox"] + shots["totalShotsOutsideBox"] == shots["totalShotsOnGoal"], name
            assert shots["accuratePasses"] <= shots["passes"], name
            assert shots["hitWoodwork"] <= shots["shotsOffGoal"], name
            assert shots["freeKicks"] == period["fouls"][other], name
            saves = period["goalkeeperSaves"][other]
            assert shots["shotsOnGoal"] >= saves, name


def players_with_minutes(lineups: Json, side: str) -> list[Json]:
    return [line for line in lineups[side]["players"] if "minutesPlayed" in line["statistics"]]


def total(lines: list[Json], key: str) -> float:
    return sum(float(line["statistics"].get(key, 0)) for line in lines)


def check_lineups(event: Json, lineups: Json, incidents: list[Json]) -> None:
    """Check starters, minutes after substitutions and red cards, and that the goals make the score."""
    name, over = event["id"], event["status"]["code"] == 100
    for side, other in (("home", "away"), ("away", "home")):
        lines = lineups[side]["players"]
        starters = [line for line in lines if not line["substitute"]]
        assert len(starters) == 11, name
        assert sum(line["position"] == "G" for line in starters) == 1, name
        assert sum(bool(line.get("captain")) for line in lines) == 1, name
        assert len({line["player"]["id"] for line in lines}) == len(lines), name
        assert len({line["shirtNumber"] for line in lines}) == len(lines), name
        formation = [int(part) for part in lineups[side]["formation"].split("-")]
        assert sum(formation) == 10, name
        ours = [incident for incident in incidents if incident.get("isHome") == (side == "home")]
        changes = [incident for incident in ours if incident["incidentType"] == "substitution"]
        assert len(changes) <= 5, name
        minutes = {line["player"]["id"]: line["statistics"].get("minutesPlayed") for line in lines}
        sent_off = {
            incident["player"]["id"]: incident["time"]
            for incident in ours
            if incident["incidentType"] == "card" and incident["incidentClass"] in ("red", "yellowRed")
        }
        for change in changes:
            left = min(change["time"], 45 if change["time"] <= 45 else 90) - 1
            assert minutes[change["playerOut"]["id"]] == left, f"{name}: minutes of who went off"
            if over:
                assert minutes[change["playerIn"]["id"]] == 90 - left, f"{name}: minutes of who came on"
        for player, time in sent_off.items():
            assert minutes[player] in (time - 1, time), f"{name}: minutes of who was sent off"
        used = {line["player"]["id"] for line in starters} | {change["playerIn"]["id"] for change in changes}
        assert {player for player, value in minutes.items() if value is not None} == used, name
        if over:
            assert 890 <= sum(value or 0 for value in minutes.values()) <= 1010, name
            if not sent_off:
                assert sum(value or 0 for value in minutes.values()) == 990, name
        goals = total(players_with_minutes(lineups, side), "goals") + total(
            players_with_minutes(lineups, other), "ownGoals"
        )
        assert goals == event[f"{side}Score"].get("display", 0), f"{name}: goals in the line-up of {side}"
        booked = Counter(
            incident["player"]["id"]
            for incident in ours
            if incident["incidentType"] == "card" and incident["incidentClass"] == "yellow"
        )
        assert set(booked) <= used, name
        assert all(count == 1 for count in booked.values()), name
        assists = [incident["assist1"]["id"] for incident in ours if "assist1" in incident]
        assert total(lines, "goalAssist") == len(assists), name
        for line in players_with_minutes(lineups, side):
            check_player(name, line["statistics"])
    won, lost = ([total(players_with_minutes(lineups, side), key) for side in SIDES] for key in ("duelWon", "duelLost"))
    assert won == lost[::-1], f"{name}: duels won and lost"


def check_player(name: int, counts: Json) -> None:
    """Check that the counts of one player agree."""
    get = counts.get
    assert get("accuratePass", 0) <= get("totalPass", 0), name
    assert get("totalOwnHalfPasses", 0) + get("totalOppositionHalfPasses", 0) == get("totalPass", 0), name
    accurate = get("accurateOwnHalfPasses", 0) + get("accurateOppositionHalfPasses", 0)
    assert accurate == get("accuratePass", 0), name
    assert get("accurateOwnHalfPasses", 0) <= get("totalOwnHalfPasses", 0), name
    assert get("accurateOppositionHalfPasses", 0) <= get("totalOppositionHalfPasses", 0), name
    for part, whole in (("accurateLongBalls", "totalLongBalls"), ("wonTackle", "totalTackle")):
        assert get(part, 0) <= get(whole, 0), (name, part)
    for part, whole in (("wonContest", "totalContest"), ("accurateCross", "totalCross")):
        assert get(part, 0) <= get(whole, 0), (name, part)
    shots = get("onTargetScoringAttempt", 0) + get("shotOffTarget", 0) + get("blockedScoringAttempt", 0)
    assert shots == counts["totalShots"], name
    assert get("goals", 0) <= get("onTargetScoringAttempt", 0), name
    assert 3 <= counts["rating"] <= 10, name
    assert counts["rating"] == counts["ratingVersions"]["original"], name
    assert get("touches", 0) >= get("totalPass", 0), name
    zeros = [key for key, value in counts.items() if value == 0 and key not in ("totalShots", "goalAssist")]
    assert zeros in ([], ["minutesPlayed"]), f"{name}: counts of nought {zeros}"


def check_shots(event: Json, shots: list[Json], statistics: list[Json], lineups: Json, incidents: list[Json]) -> None:
    """Check that shots agree with the statistics, the players' counts and, with own goals, the score."""
    name, whole = event["id"], values(statistics, "ALL")
    assert len({shot["id"] for shot in shots}) == len(shots), name
    for side, other in (("home", "away"), ("away", "home")):
        ours = [shot for shot in shots if shot["isHome"] == (side == "home")]
        field = f"{side}Value"
        scored = sum(shot["shotType"] == "goal" for shot in ours)
        gifts = sum(
            incident["incidentType"] == "goal"
            and incident["incidentClass"] == "ownGoal"
            and incident["isHome"] == (side == "home")
            for incident in incidents
        )
        assert scored + gifts == event[f"{side}Score"].get("display", 0), f"{name}: goals in the shot map of {side}"
        assert len(ours) == whole["totalShotsOnGoal"][field], name
        assert abs(sum(shot["xg"] for shot in ours) - whole["expectedGoals"][field]) < 0.00501, name
        on_target = sum(shot["shotType"] in ("goal", "save") for shot in ours)
        assert on_target == whole["shotsOnGoal"][field], name
        assert on_target - scored == whole["goalkeeperSaves"][f"{other}Value"], name
        lines = players_with_minutes(lineups, side)
        by_player = Counter(shot["player"]["id"] for shot in ours)
        for line in lines:
            assert line["statistics"]["totalShots"] == by_player[line["player"]["id"]], name
        xg = sum(shot["xg"] for shot in ours)
        assert abs(total(lines, "expectedGoals") - xg) < 1e-4, f"{name}: expected goals of the players"
        saved = total(players_with_minutes(lineups, other), "saves")
        assert saved == on_target - scored, f"{name}: saves"
        blocked = sum(shot["shotType"] == "block" for shot in ours)
        assert blocked == total(players_with_minutes(lineups, other), "outfielderBlock"), f"{name}: blocks"
        for key, counted in (("passes", "totalPass"), ("fouls", "fouls"), ("totalTackle", "totalTackle")):
            assert whole[key][field] == total(lines, counted), f"{name}: {key}"
        assert whole["fouls"][f"{other}Value"] == total(lines, "wasFouled"), f"{name}: fouls suffered"
        for shot in ours:
            place = shot["playerCoordinates"]
            assert 0 <= place["x"] <= 100, name
            assert 0 <= place["y"] <= 100, name
            assert 0 < shot["xg"] < 1, name
            if shot["situation"] == "penalty":
                assert place == {"x": 11.5, "y": 50.0, "z": 0}, name
            assert (shot["xgot"] > 0) == (shot["shotType"] in ("goal", "save")), name
