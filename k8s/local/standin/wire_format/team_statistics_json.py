"""Statistics of both sides by period, in the schema of 2026 (`key`, `homeTotal`); the halves add up to the whole."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from k8s.local.standin.world.detail_model import Detail, Side
from k8s.local.standin.world.random_streams import poisson, share

_FIRST_HALF = 0.48
PERIODS = ("ALL", "1ST", "2ND")

COUNT, PERCENT, RATIO, RATIO_AS_PERCENT = 1, 2, 3, 4
"""The site's `renderType`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One statistic as shown: where it stands and how it is written."""

    group: str
    key: str
    name: str
    render: int = COUNT
    good: bool = True


ITEMS = (
    Item("Match overview", "ballPossession", "Ball possession", PERCENT),
    Item("Match overview", "expectedGoals", "Expected goals"),
    Item("Match overview", "bigChanceCreated", "Big chances"),
    Item("Match overview", "totalShotsOnGoal", "Total shots"),
    Item("Match overview", "goalkeeperSaves", "Goalkeeper saves"),
    Item("Match overview", "cornerKicks", "Corner kicks"),
    Item("Match overview", "fouls", "Fouls", good=False),
    Item("Match overview", "passes", "Passes"),
    Item("Match overview", "totalTackle", "Tackles"),
    Item("Match overview", "freeKicks", "Free kicks"),
    Item("Match overview", "yellowCards", "Yellow cards", good=False),
    Item("Match overview", "redCards", "Red cards", good=False),
    Item("Shots", "totalShotsOnGoal", "Total shots"),
    Item("Shots", "shotsOnGoal", "Shots on target"),
    Item("Shots", "hitWoodwork", "Hit woodwork", good=False),
    Item("Shots", "shotsOffGoal", "Shots off target", good=False),
    Item("Shots", "blockedScoringAttempt", "Blocked shots", good=False),
    Item("Shots", "totalShotsInsideBox", "Shots inside box"),
    Item("Shots", "totalShotsOutsideBox", "Shots outside box"),
    Item("Attack", "bigChanceScored", "Big chances scored"),
    Item("Attack", "bigChanceMissed", "Big chances missed", good=False),
    Item("Attack", "accurateThroughBall", "Through balls"),
    Item("Attack", "touchesInOppBox", "Touches in penalty area"),
    Item("Attack", "fouledFinalThird", "Fouled in final third"),
    Item("Attack", "offsides", "Offsides", good=False),
    Item("Passes", "accuratePasses", "Accurate passes"),
    Item("Passes", "throwIns", "Throw-ins"),
    Item("Passes", "finalThirdEntries", "Final third entries"),
    Item("Passes", "finalThirdPhaseStatistic", "Final third phase", RATIO),
    Item("Passes", "accurateLongBalls", "Long balls", RATIO),
    Item("Passes", "accurateCross", "Crosses", RATIO),
    Item("Duels", "duelWonPercent", "Duels", PERCENT),
    Item("Duels", "dispossessed", "Dispossessed", good=False),
    Item("Duels", "groundDuelsPercentage", "Ground duels", RATIO),
    Item("Duels", "aerialDuelsPercentage", "Aerial duels", RATIO),
    Item("Duels", "dribblesPercentage", "Dribbles", RATIO),
    Item("Defending", "wonTacklePercent", "Tackles won", RATIO_AS_PERCENT),
    Item("Defending", "totalTackle", "Total tackles"),
    Item("Defending", "interceptionWon", "Interceptions"),
    Item("Defending", "ballRecovery", "Recoveries"),
    Item("Defending", "totalClearance", "Clearances"),
    Item("Goalkeeping", "goalkeeperSaves", "Total saves"),
    Item("Goalkeeping", "goalsPrevented", "Goals prevented"),
    Item("Goalkeeping", "diveSaves", "Big saves"),
    Item("Goalkeeping", "highClaims", "High claims"),
    Item("Goalkeeping", "punches", "Punches"),
    Item("Goalkeeping", "goalKicks", "Goal kicks"),
)

_ONLY_IF_ANY = frozenset(("redCards", "diveSaves", "highClaims", "punches", "bigChanceScored", "accurateThroughBall"))
_DECIMAL = frozenset(("expectedGoals", "goalsPrevented"))
_SUMMED = {
    # statistic of the team: statistic of its players
    "fouls": "fouls",
    "passes": "totalPass",
    "totalTackle": "totalTackle",
    "offsides": "totalOffside",
    "dispossessed": "dispossessed",
    "interceptionWon": "interceptionWon",
    "ballRecovery": "ballRecovery",
    "totalClearance": "totalClearance",
    "highClaims": "goodHighClaim",
    "punches": "punches",
}
_RATIOS = {
    # statistic of the team: (successes, attempts) of its players
    "accurateLongBalls": ("accurateLongBalls", "totalLongBalls"),
    "accurateCross": ("accurateCross", "totalCross"),
    "dribblesPercentage": ("wonContest", "totalContest"),
}
_DRAWN = (
    # statistic nobody's line-up knows, mean of a side in a whole match, whether it follows the ball
    ("cornerKicks", 5.0, True),
    ("throwIns", 19.0, False),
    ("finalThirdEntries", 52.0, True),
    ("touchesInOppBox", 22.0, True),
    ("accurateThroughBall", 1.6, True),
    ("goalKicks", 7.0, False),
)

Period = dict[str, float]
"""Values of one side by key; attempts of a ratio under `key + "/"`."""


def periods(rng: Random, detail: Detail) -> list[tuple[str, Period, Period]]:
    """Return (period, home, away) for the whole match and each half begun."""
    home = _halves(rng, detail, detail.home, detail.away)
    away = _halves(rng, detail, detail.away, detail.home)
    _meet(rng, detail, home, away)
    for half in range(detail.n_halves):
        _relate(home[half], away[half])
        _relate(away[half], home[half])
    whole = _add_up(home), _add_up(away)
    _relate(*whole)
    _relate(whole[1], whole[0])
    rows = [("ALL", *whole)]
    if detail.n_halves == 2:
        return rows + [(PERIODS[half + 1], home[half], away[half]) for half in range(2)]
    return [*rows, ("1ST", dict(whole[0]), dict(whole[1]))]


def _halves(rng: Random, detail: Detail, side: Side, other: Side) -> list[Period]:
    """Count shots and cards by half, and split what players did over the halves."""
    halves: list[Period] = [{}, {}]
    for half in range(detail.n_halves):
        _count_shots(halves[half], half + 1, side, other)
        cards = [card for card in side.cards if card.moment[0] == half + 1]
        halves[half]["yellowCards"] = sum(card.kind == "yellow" for card in cards)
        halves[half]["redCards"] = sum(card.kind != "yellow" for card in cards)
    part = sum(line.minutes for line in side.lines) / 990
    passes, passes_of_both = _total(side, "totalPass"), _total(side, "totalPass") + _total(other, "totalPass")
    ball = 2 * passes / passes_of_both if passes_of_both else 1.0
    split = _FIRST_HALF if detail.n_halves == 2 else 1.0
    for key, name in _SUMMED.items():
        _split(rng, halves, key, _total(side, name), split)
    for key, mean, follows_ball in _DRAWN:
        _split(rng, halves, key, poisson(rng, mean * part * (ball if follows_ball else 1)), split)
    for key, (won, attempts) in _RATIOS.items():
        _split_ratio(rng, halves, key, _total(side, won), _total(side, attempts), split)
    for period in halves:
        period["wonTacklePercent/"] = period["totalTackle"]
    _split_within(rng, halves, "wonTacklePercent", "totalTackle", _total(side, "wonTackle"), split)
    _split_within(rng, halves, "accuratePasses", "passes", _total(side, "accuratePass"), split)
    phase = poisson(rng, 130 * part * ball)
    _split_ratio(rng, halves, "finalThirdPhaseStatistic", share(rng, phase, 0.68), phase, split)
    _split_within(rng, halves, "diveSaves", "goalkeeperSaves", _total(side, "diveSaves"), split)
    return halves


def _count_shots(period: Period, half: int, side: Side, other: Side) -> None:
    shots = [shot for shot in side.shots if shot.moment[0] == half]
    faced = [shot for shot in other.shots if shot.moment[0] == half]
    period["expectedGoals"] = sum(shot.xg for shot in shots)
    period["totalShotsOnGoal"] = len(shots)
    period["shotsOnGoal"] = sum(shot.is_on_target for shot in shots)
    period["blockedScoringAttempt"] = sum(shot.outcome == "block" for shot in shots)
    period["shotsOffGoal"] = sum(shot.outcome in ("miss", "post") for shot in shots)
    period["hitWoodwork"] = sum(shot.outcome == "post" for shot in shots)
    period["totalShotsInsideBox"] = sum(shot.is_in_box for shot in shots)
    period["totalShotsOutsideBox"] = sum(not shot.is_in_box for shot in shots)
    period["bigChanceCreated"] = sum(shot.is_big_chance for shot in shots)
    period["bigChanceScored"] = sum(shot.is_big_chance and shot.outcome == "goal" for shot in shots)
    period["bigChanceMissed"] = period["bigChanceCreated"] - period["bigChanceScored"]
    period["goalkeeperSaves"] = sum(shot.outcome == "save" for shot in faced)
    period["goalsPrevented"] = sum(shot.xgot - (shot.outcome == "goal") for shot in faced if shot.is_on_target)


def _total(side: Side, name: str) -> int:
    return int(sum(line.counts.get(name, 0) for line in side.lines))


def _split(rng: Random, halves: list[Period], key: str, total: int, p: float) -> None:
    first = total if p == 1.0 else share(rng, total, p)
    halves[0][key], halves[1][key] = first, total - first


def _split_ratio(rng: Random, halves: list[Period], key: str, won: int, attempts: int, p: float) -> None:
    _split(rng, halves, key + "/", attempts, p)
    _split_within(rng, halves, key, key + "/", won, p)


def _split_within(rng: Random, halves: list[Period], key: str, limit: str, total: int, p: float) -> None:
    """Split `total` so that neither half exceeds its value of `limit`."""
    room = int(halves[0].get(limit, 0)), int(halves[1].get(limit, 0))
    first = min(room[0], max(total - room[1], total if p == 1.0 else share(rng, total, p)))
    halves[0][key], halves[1][key] = first, total - first


def _meet(rng: Random, detail: Detail, home: list[Period], away: list[Period]) -> None:
    """Split the duels, which one side wins and the other loses; free kicks are the other side's fouls."""
    split = _FIRST_HALF if detail.n_halves == 2 else 1.0
    for key, won, lost in (("aerialDuelsPercentage", "aerialWon", "aerialLost"), ("groundDuelsPercentage", "", "")):
        if won:
            home_won, away_won = _total(detail.home, won), _total(detail.home, lost)
        else:
            home_won = _total(detail.home, "duelWon") - _total(detail.home, "aerialWon")
            away_won = _total(detail.away, "duelWon") - _total(detail.away, "aerialWon")
        _split(rng, home, key, home_won, split)
        _split(rng, away, key, away_won, split)
        for mine, theirs in zip(home, away, strict=True):
            mine[key + "/"] = theirs[key + "/"] = mine[key] + theirs[key]
    for ours, others in ((home, away), (away, home)):
        for mine, theirs in zip(ours, others, strict=True):
            mine["freeKicks"] = theirs["fouls"]
            mine["fouledFinalThird"] = share(rng, int(theirs["fouls"]), 0.2)


def _relate(mine: Period, theirs: Period) -> None:
    """Work out the shares of the ball and of the duels; both sides' shares sum to 100."""
    for key, part in (("ballPossession", "passes"), ("duelWonPercent", "duels")):
        if part == "duels":
            names = ("groundDuelsPercentage", "aerialDuelsPercentage")
            one, other = sum(mine[name] for name in names), sum(theirs[name] for name in names)
        else:
            one, other = mine[part], theirs[part]
        if key in theirs:
            mine[key] = 100 - theirs[key]
        else:
            mine[key] = round(100 * one / (one + other)) if one + other else 50


def _add_up(halves: list[Period]) -> Period:
    skip = {"ballPossession", "duelWonPercent"}
    return {key: value + halves[1].get(key, 0) for key, value in halves[0].items() if key not in skip}


def show(rows: list[tuple[str, Period, Period]]) -> list[dict[str, Any]]:
    """Write the periods as the site's `statistics`."""
    return [{"period": period, "groups": _groups(home, away)} for period, home, away in rows]


def _groups(home: Period, away: Period) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in ITEMS:
        if item.key in _ONLY_IF_ANY and not home.get(item.key) and not away.get(item.key):
            continue
        groups.setdefault(item.group, []).append(_item(item, home, away))
    return [{"groupName": name, "statisticsItems": items} for name, items in groups.items()]


def _item(item: Item, home: Period, away: Period) -> dict[str, Any]:
    key, ratio = item.key, item.render in (RATIO, RATIO_AS_PERCENT)
    values = home.get(key, 0), away.get(key, 0)
    totals = (home.get(key + "/", 0), away.get(key + "/", 0)) if ratio else (0, 0)
    if ratio:
        ranks = [value / total if total else 0 for value, total in zip(values, totals, strict=True)]
    else:
        ranks = list(values)
    document = {
        "name": item.name,
        "home": _text(item, values[0], totals[0]),
        "away": _text(item, values[1], totals[1]),
        "compareCode": 1 if ranks[0] > ranks[1] else 2 if ranks[0] < ranks[1] else 3,
        "statisticsType": "positive" if item.good else "negative",
        "valueType": "team" if ratio else "event",
        "homeValue": _number(key, values[0]),
        "awayValue": _number(key, values[1]),
        "renderType": item.render,
        "key": key,
    }
    if ratio:
        document["homeTotal"], document["awayTotal"] = int(totals[0]), int(totals[1])
    return document


def _number(key: str, value: float) -> float:
    return round(value, 2) if key in _DECIMAL else int(value)


def _text(item: Item, value: float, total: float) -> str:
    if item.key in _DECIMAL:
        return f"{value:.2f}"
    if item.render == PERCENT:
        return f"{int(value)}%"
    percent = round(100 * value / total) if total else 0
    if item.render == RATIO:
        return f"{int(value)}/{int(total)} ({percent}%)"
    return f"{percent}%" if item.render == RATIO_AS_PERCENT else str(int(value))
