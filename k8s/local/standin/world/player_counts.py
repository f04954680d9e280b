"""Draws the statistics of each player in a match, by the site's names; zeros are left out, as on a real site."""

from __future__ import annotations

from math import sqrt
from random import Random

from k8s.local.standin.world.detail_model import Counts, Line, Side
from k8s.local.standin.world.random_streams import around, pick, poisson, share
from k8s.local.standin.world.shots import Shot

# Per 90 minutes for goalkeeper, defender, midfielder, forward. Round figures near the usual levels of a top league.
_RATES: dict[str, tuple[tuple[str, float], ...]] = {}
for _name, _g, _d, _m, _f in (
    ("totalPass", 33, 53, 47, 26),
    ("totalCross", 0, 1.3, 1.5, 1.2),
    ("totalClearance", 0.9, 3.6, 1.2, 0.6),
    ("interceptionWon", 0.05, 1.2, 0.9, 0.35),
    ("ballRecovery", 7, 4.2, 4.8, 2.6),
    ("totalTackle", 0.03, 1.7, 1.9, 0.8),
    ("challengeLost", 0.02, 0.7, 0.9, 0.5),
    ("totalContest", 0.03, 0.7, 1.5, 2.2),
    ("dispossessed", 0.02, 0.3, 0.9, 1.2),
    ("unsuccessfulTouch", 0.05, 0.8, 1.3, 2.0),
    ("fouls", 0.03, 1.0, 1.3, 1.2),
    ("totalOffside", 0, 0.05, 0.1, 0.7),
    ("ballCarriesCount", 4, 11, 12, 9),
    ("numberOfSprints", 0, 10, 12, 18),
):
    for _position, _mean in zip("GDMF", (_g, _d, _m, _f), strict=True):
        _RATES[_position] = (*_RATES.get(_position, ()), (_name, float(_mean)))

_ACCURACY = {"G": 0.72, "D": 0.87, "M": 0.85, "F": 0.77}
_OWN_HALF = {"G": 0.88, "D": 0.62, "M": 0.42, "F": 0.28}
_LONG = {"G": 0.33, "D": 0.08, "M": 0.06, "F": 0.03}
_KILOMETRES = {"G": 5.6, "D": 10.3, "M": 11.1, "F": 10.3}
_GROUND = {"G": 0.05, "D": 1.0, "M": 1.3, "F": 1.3}
_AERIAL = {"G": 0.1, "D": 1.2, "M": 0.7, "F": 1.4}
_WITH_THE_BALL = frozenset(("totalPass", "totalCross", "totalContest", "ballCarriesCount", "totalOffside"))


def draw_counts(rng: Random, home: Side, away: Side, home_share: float) -> None:
    """Fill in the counts of everybody who played.

    Parameters
    ----------
    home_share : expected share of the ball of the home side, 0 to 1.
    """
    for side, possession in ((home, home_share), (away, 1 - home_share)):
        _shooting(side)
        for line in side.lines:
            if line.appeared:
                _general(rng, line, possession * 2)
    for side, other in ((home, away), (away, home)):
        _keeping(rng, side, other)
        _fouled(rng, side, other)
    played = sum(line.minutes for line in home.lines) / 990
    for names, weights, mean in ((("", ""), _GROUND, 66.0), (("aerialWon", "aerialLost"), _AERIAL, 26.0)):
        _duels(rng, home, away, poisson(rng, mean * played), names, weights)
    for side, other in ((home, away), (away, home)):
        _judge(rng, side, other)


def _add(counts: Counts, name: str, value: float = 1) -> None:
    counts[name] = counts.get(name, 0) + value


def _shooting(side: Side) -> None:
    """Count shots, goals, assists and chances from the shots themselves."""
    for strike in side.strikes:
        if strike.goal.kind == "ownGoal":
            _add(strike.scorer.counts, "ownGoals")
        elif strike.assist is not None:
            _add(strike.assist.counts, "goalAssist")
    for shot in side.shots:
        _count_shot(shot)


_OUTCOMES = {
    "goal": ("goals", "onTargetScoringAttempt"),
    "save": ("onTargetScoringAttempt",),
    "block": ("blockedScoringAttempt",),
    "miss": ("shotOffTarget",),
    "post": ("shotOffTarget", "hitWoodwork"),
}


def _count_shot(shot: Shot[Line]) -> None:
    counts, is_goal = shot.shooter.counts, shot.outcome == "goal"
    for name in ("totalShots", *_OUTCOMES[shot.outcome]):
        _add(counts, name)
    _add(counts, "expectedGoals", shot.xg)
    if shot.is_on_target:
        _add(counts, "expectedGoalsOnTarget", shot.xgot)
    if shot.is_big_chance and not is_goal:
        _add(counts, "bigChanceMissed")
    if shot.situation == "penalty" and not is_goal:
        _add(counts, "penaltyMiss")
    if shot.blocker is not None:
        _add(shot.blocker.counts, "outfielderBlock")
    if shot.helper is not None:
        _count_help(shot.helper.counts, shot, is_goal)


def _count_help(counts: Counts, shot: Shot[Line], is_goal: bool) -> None:
    _add(counts, "expectedAssists", round(0.8 * shot.xg, 6))
    if not is_goal:
        _add(counts, "keyPass")
    if shot.is_big_chance:
        _add(counts, "bigChanceCreated")


def _general(rng: Random, line: Line, ball: float) -> None:
    """Draw passing, defending and running for the minutes played; `ball` is 1 for an even share of the ball."""
    counts, position = line.counts, line.position
    part = line.minutes / 90
    for name, rate in _RATES[position]:
        mean = rate * part * (ball if name in _WITH_THE_BALL else 1.0)
        if mean:
            counts[name] = poisson(rng, mean) if mean <= 12 else around(rng, mean, 1.6 * sqrt(mean))
    passes = int(counts.get("totalPass", 0))
    accurate = share(rng, passes, min(0.97, _ACCURACY[position] * (0.94 + 0.06 * ball)))
    own = share(rng, passes, _OWN_HALF[position])
    accurate_own = min(
        accurate, max(accurate - (passes - own), share(rng, accurate, _OWN_HALF[position] * 1.05), 0), own
    )
    long = min(passes, share(rng, passes, _LONG[position]))
    counts["accuratePass"] = accurate
    counts["totalOwnHalfPasses"], counts["totalOppositionHalfPasses"] = own, passes - own
    counts["accurateOwnHalfPasses"], counts["accurateOppositionHalfPasses"] = accurate_own, accurate - accurate_own
    counts["totalLongBalls"], counts["accurateLongBalls"] = long, min(accurate, share(rng, long, 0.5))
    counts["accurateCross"] = share(rng, int(counts.get("totalCross", 0)), 0.25)
    counts["wonTackle"] = share(rng, int(counts.get("totalTackle", 0)), 0.6)
    counts["wonContest"] = share(rng, int(counts.get("totalContest", 0)), 0.5)
    busy = ("totalClearance", "interceptionWon", "totalTackle", "totalContest", "totalShots", "unsuccessfulTouch")
    counts["touches"] = passes + sum(int(counts.get(name, 0)) for name in busy) + poisson(rng, 5 * part)
    counts["possessionLostCtrl"] = (
        passes - accurate + counts.get("dispossessed", 0) + counts.get("unsuccessfulTouch", 0)
    )
    carries = counts.get("ballCarriesCount", 0)
    if carries:
        distance = carries * rng.uniform(6, 12)
        counts["totalBallCarriesDistance"] = round(distance, 6)
        counts["totalProgression"] = round(distance * rng.uniform(0.2, 0.6), 6)
        counts["progressiveBallCarriesCount"] = share(rng, int(carries), 0.12)
        if counts["progressiveBallCarriesCount"]:
            counts["bestBallCarryProgression"] = round(rng.uniform(6, 24), 6)
            counts["totalProgressiveBallCarriesDistance"] = round(distance * rng.uniform(0.2, 0.5), 6)
    if line.minutes:
        kilometres = _KILOMETRES[position] * part * rng.uniform(0.92, 1.08)
        counts["kilometersCovered"] = round(kilometres, 2)
        counts["topSpeed"] = round(rng.uniform(24, 28) if position == "G" else rng.uniform(28.5, 35.5), 2)
        counts["metersCoveredRunningKm"] = round(kilometres * 0.13, 2)
        counts["metersCoveredHighSpeedRunningKm"] = round(kilometres * 0.045, 2)
        counts["metersCoveredSprintingKm"] = round(kilometres * 0.014, 2)
    for name in ("passValueNormalized", "dribbleValueNormalized", "defensiveValueNormalized"):
        counts[name] = round(rng.uniform(-0.35, 0.45), 2)


def _keeping(rng: Random, side: Side, other: Side) -> None:
    """Give saves and goals against to the goalkeeper, who never changes in this simulation."""
    keeper = next(line for line in side.lines if line.is_starter and line.position == "G")
    counts = keeper.counts
    saved = [shot for shot in other.shots if shot.outcome == "save"]
    if saved:
        counts["saves"] = len(saved)
        counts["savedShotsFromInsideTheBox"] = sum(shot.is_in_box for shot in saved)
        counts["penaltySave"] = sum(shot.situation == "penalty" for shot in saved)
        counts["diveSaves"] = share(rng, len(saved), 0.3)
    part = keeper.minutes / 90
    counts["goodHighClaim"] = poisson(rng, 1.0 * part)
    counts["punches"] = poisson(rng, 0.5 * part)
    counts["totalKeeperSweeper"] = poisson(rng, 0.7 * part)
    counts["accurateKeeperSweeper"] = share(rng, int(counts["totalKeeperSweeper"]), 0.85)
    faced = sum(shot.xgot for shot in other.shots if shot.is_on_target)
    conceded = sum(shot.outcome == "goal" for shot in other.shots)
    counts["goalsPrevented"] = round(faced - conceded, 4)
    counts["keeperSaveValue"] = round(sum(shot.xgot for shot in saved), 4)
    counts["goalkeeperValueNormalized"] = round((faced - conceded) / 2, 2)


def _fouled(rng: Random, side: Side, other: Side) -> None:
    """Give every foul of the other side to somebody fouled."""
    n_fouls = int(sum(line.counts.get("fouls", 0) for line in other.lines))
    _deal(rng, side.lines, n_fouls, _GROUND, ("wasFouled",))


def _duels(
    rng: Random, home: Side, away: Side, n_duels: int, names: tuple[str, str], weights: dict[str, float]
) -> None:
    """Let a winner of one side and a loser of the other meet in every duel."""
    n_home = share(rng, n_duels, 0.5)
    won, lost = names
    _deal(rng, home.lines, n_home, weights, ("duelWon", won))
    _deal(rng, away.lines, n_home, weights, ("duelLost", lost))
    _deal(rng, away.lines, n_duels - n_home, weights, ("duelWon", won))
    _deal(rng, home.lines, n_duels - n_home, weights, ("duelLost", lost))


def _deal(rng: Random, lines: list[Line], n: int, weights: dict[str, float], names: tuple[str, ...]) -> None:
    """Deal `n` happenings among the players by weight and minutes: each gets its share, the rest goes one by one."""
    shares = [weights[line.position] * line.minutes for line in lines]
    total = sum(shares)
    if not n or not total:
        return
    dealt = [share(rng, n, part / total * 0.8) for part in shares]
    while (excess := sum(dealt) - n) > 0:
        largest = max(range(len(dealt)), key=dealt.__getitem__)
        dealt[largest] -= min(excess, dealt[largest])
    for _ in range(n - sum(dealt)):
        dealt[pick(rng, shares)] += 1
    for line, count in zip(lines, dealt, strict=True):
        if count:
            for name in names:
                if name:
                    _add(line.counts, name, count)


def _judge(rng: Random, side: Side, other: Side) -> None:
    """Set the rating, 3 to 10, from what was done and the margin."""
    margin = len(side.strikes) - len(other.strikes)
    for line in side.lines:
        counts = line.counts
        if not counts:
            continue
        get = counts.get
        rating = 6.55 + 0.12 * max(-3, min(3, margin)) + rng.gauss(0, 0.22)
        rating += 0.9 * get("goals", 0) + 0.5 * get("goalAssist", 0) + 0.1 * get("keyPass", 0)
        rating += 0.15 * get("saves", 0) + 0.07 * (get("duelWon", 0) - get("duelLost", 0)) + 0.06 * get("wonTackle", 0)
        rating -= 0.8 * get("ownGoals", 0) + 0.25 * get("bigChanceMissed", 0) + (1.2 if line.red else 0)
        counts["rating"] = round(max(3.0, min(10.0, rating)), 1)
        counts["alternative"] = round(max(3.0, min(10.0, rating + rng.gauss(0, 0.15))), 1)
