"""Cards and fouls of a season by team and by referee; rates of small samples are drawn to the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.analyze.models.shrinkage import shrink_rates
from functions.analyze.season.progress import Result, SeasonProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDiscipline:
    """Cards, fouls and referee of one match; pairs hold the home side and the away side."""

    match_id: int
    yellow: tuple[int, int]
    """First and second cautions."""
    red: tuple[int, int]
    """Players sent off, directly or by a second caution."""
    fouls: tuple[float | None, float | None]
    referee_id: int | None
    referee: str


_Match = tuple[Result, MatchDiscipline]


def build_discipline(progress: SeasonProgress, matches: Sequence[MatchDiscipline]) -> dict[str, Any]:
    """JSON: cards per match and per foul of every team and referee, raw and shrunk, the most cards first.

    A sending-off by a second caution is one yellow and one red card. Only matches with stored incidents count; for
    cards per foul only those with stored fouls.
    """
    by_match = {match.match_id: match for match in matches}
    counted = [(result, by_match[result.match_id]) for result in progress.played if result.match_id in by_match]
    by_team = {team: [_of_team(match, team) for match in counted if team in _teams(match)] for team in progress.teams}
    by_referee: dict[int, list[_CardCount]] = {}
    names: dict[int, str] = {}
    for _, match in counted:
        if match.referee_id is not None:
            by_referee.setdefault(match.referee_id, []).append(_of_both_sides(match))
            names[match.referee_id] = match.referee
    return {
        "n_matches_counted": len(counted),
        "teams": _rows("team", {team: counts for team, counts in by_team.items() if counts}, dict(progress.teams)),
        "referees": _rows("referee", by_referee, names),
        "cautions": _cautions(progress, counted),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _CardCount:
    """Cards and fouls in one match, of one side or of both."""

    yellow: int
    red: int
    fouls: float | None

    @property
    def cards(self) -> int:
        return self.yellow + self.red


def _teams(match: _Match) -> tuple[int, int]:
    return match[0].home_id, match[0].away_id


def _of_team(match: _Match, team: int) -> _CardCount:
    result, discipline = match
    side = int(team == result.away_id)
    return _CardCount(yellow=discipline.yellow[side], red=discipline.red[side], fouls=discipline.fouls[side])


def _of_both_sides(match: MatchDiscipline) -> _CardCount:
    home, away = match.fouls
    fouls = None if home is None or away is None else home + away
    return _CardCount(yellow=sum(match.yellow), red=sum(match.red), fouls=fouls)


def _rows(kind: str, counts_by_id: dict[int, list[_CardCount]], names: dict[int, str]) -> list[dict[str, Any]]:
    """A row for each team or referee."""
    per_match = _rates({key: (sum(c.cards for c in counts), len(counts)) for key, counts in counts_by_id.items()})
    per_foul = _rates({key: _cards_and_fouls(counts) for key, counts in counts_by_id.items()})
    rows = [
        {
            f"{kind}_id": key,
            kind: names[key],
            "n_matches": len(counts),
            "yellow": sum(count.yellow for count in counts),
            "red": sum(count.red for count in counts),
            "fouls": _cards_and_fouls(counts)[1] or None,
            "cards_per_match": per_match[key],
            "cards_per_foul": per_foul.get(key),
        }
        for key, counts in counts_by_id.items()
    ]
    return sorted(rows, key=lambda row: (-row["cards_per_match"]["shrunk"], row[kind]))


def _cards_and_fouls(counts: list[_CardCount]) -> tuple[int, float]:
    """Cards and fouls of the matches whose fouls are stored."""
    with_fouls = [(count.cards, count.fouls) for count in counts if count.fouls is not None]
    return sum(cards for cards, _ in with_fouls), sum(fouls for _, fouls in with_fouls)


def _rates(counts_by_id: dict[int, tuple[int, float]]) -> dict[int, dict[str, float]]:
    """Rates by id from counts and exposure: raw, shrunk to the mean, and the standard deviation of the latter."""
    exposed = {key: both for key, both in counts_by_id.items() if both[1] > 0}
    if not exposed:
        return {}
    counts, exposure = np.array(list(exposed.values()), dtype=np.float64).T
    estimate = shrink_rates(counts, exposure)
    return {
        key: {
            "raw": round(float(counts[n] / exposure[n]), 4),
            "shrunk": round(float(estimate.rate[n]), 4),
            "sd": round(float(estimate.sd[n]), 4),
            "mean": round(estimate.mean, 4),
        }
        for n, key in enumerate(exposed)
    }


def _cautions(progress: SeasonProgress, counted: list[_Match]) -> list[str]:
    missing = {
        "no incidents": len(progress.played) - len(counted),
        "no fouls": sum(_of_both_sides(match).fouls is None for _, match in counted),
        "no referee": sum(match.referee_id is None for _, match in counted),
    }
    return [f"{n} of {len(progress.played)} matches have {what}" for what, n in missing.items() if n]
