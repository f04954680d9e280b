"""Cards and fouls of a season by team and by referee, those seen seldom drawn towards the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.analyze.models.shrinkage import shrunk
from functions.analyze.season.progress import Course, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What is known of one match's discipline; pairs are of home and away side."""

    match_id: int
    yellow: tuple[int, int]
    """First cautions and second ones alike."""
    red: tuple[int, int]
    """Players sent off, by a second caution or at once."""
    fouls: tuple[float | None, float | None]
    referee_id: int | None
    referee: str


_Seen = tuple[Result, Conduct]


def discipline(course: Course, conducts: Sequence[Conduct]) -> dict[str, Any]:
    """JSON: cards per match and per foul of every team and referee, as counted and shrunk, the most cards first.

    A sending-off by a second caution is one yellow and one red card. Only matches whose incidents are known count, and
    for cards per foul those whose fouls are.
    """
    known = {conduct.match_id: conduct for conduct in conducts}
    seen = [(result, known[result.match_id]) for result in course.played if result.match_id in known]
    by_team = {team: [_side(pair, team) for pair in seen if team in _teams(pair)] for team in course.teams}
    by_referee: dict[int, list[_Count]] = {}
    names: dict[int, str] = {}
    for pair in seen:
        if (referee := pair[1].referee_id) is not None:
            by_referee.setdefault(referee, []).append(_both(pair[1]))
            names[referee] = pair[1].referee
    return {
        "n_matches_counted": len(seen),
        "teams": _rows("team", {team: counts for team, counts in by_team.items() if counts}, dict(course.teams)),
        "referees": _rows("referee", by_referee, names),
        "cautions": _cautions(course, seen),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """Of one match, one side's or both sides'."""

    yellow: int
    red: int
    fouls: float | None

    @property
    def cards(self) -> int:
        return self.yellow + self.red


def _teams(pair: _Seen) -> tuple[int, int]:
    return pair[0].home_id, pair[0].away_id


def _side(pair: _Seen, team: int) -> _Count:
    result, conduct = pair
    side = int(team == result.away_id)
    return _Count(yellow=conduct.yellow[side], red=conduct.red[side], fouls=conduct.fouls[side])


def _both(conduct: Conduct) -> _Count:
    home, away = conduct.fouls
    fouls = None if home is None or away is None else home + away
    return _Count(yellow=sum(conduct.yellow), red=sum(conduct.red), fouls=fouls)


def _rows(kind: str, counted: dict[int, list[_Count]], names: dict[int, str]) -> list[dict[str, Any]]:
    """A row for each team or referee."""
    per_match = _rates({who: (sum(c.cards for c in counts), len(counts)) for who, counts in counted.items()})
    per_foul = _rates({who: _per_foul(counts) for who, counts in counted.items()})
    rows = [
        {
            f"{kind}_id": who,
            kind: names[who],
            "n_matches": len(counts),
            "yellow": sum(count.yellow for count in counts),
            "red": sum(count.red for count in counts),
            "fouls": _per_foul(counts)[1] or None,
            "cards_per_match": per_match[who],
            "cards_per_foul": per_foul.get(who),
        }
        for who, counts in counted.items()
    ]
    return sorted(rows, key=lambda row: (-row["cards_per_match"]["shrunk"], row[kind]))


def _per_foul(counts: list[_Count]) -> tuple[int, float]:
    """Cards and fouls of the matches whose fouls are known."""
    known = [(count.cards, count.fouls) for count in counts if count.fouls is not None]
    return sum(cards for cards, _ in known), sum(fouls for _, fouls in known)


def _rates(counted: dict[int, tuple[int, float]]) -> dict[int, dict[str, float]]:
    """By who has any exposure: the rate as counted, drawn towards the mean, and how sure that is."""
    there = {who: both for who, both in counted.items() if both[1] > 0}
    if not there:
        return {}
    counts, exposure = np.array(list(there.values()), dtype=np.float64).T
    drawn = shrunk(counts, exposure)
    return {
        who: {
            "raw": round(float(counts[n] / exposure[n]), 4),
            "shrunk": round(float(drawn.rate[n]), 4),
            "sd": round(float(drawn.sd[n]), 4),
            "mean": round(drawn.mean, 4),
        }
        for n, who in enumerate(there)
    }


def _cautions(course: Course, seen: list[_Seen]) -> list[str]:
    without = {
        "no incidents": len(course.played) - len(seen),
        "no fouls": sum(_both(conduct).fouls is None for _, conduct in seen),
        "no referee": sum(conduct.referee_id is None for _, conduct in seen),
    }
    return [f"{n} of {len(course.played)} matches have {what}" for what, n in without.items() if n]
