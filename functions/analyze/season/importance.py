"""The importance of coming matches: what each of their results does to the season of every team.

The simulated seasons of the outlook are split by the result of a match. Its importance is how far the chances of a side
for the title, for the first four places or for relegation lie apart between a win and a defeat: 0 when nothing depends
on it, 100 when all of a team's season does.

References
----------
FiveThirtyEight (2018), How our club soccer predictions work: the importance of a match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.analyze.season.format import SeasonFormat
from functions.analyze.season.outlook import SEED, build_season_state
from functions.analyze.season.progress import SeasonProgress
from functions.analyze.season.rates import Scores
from functions.analyze.season.simulation import ConditionalTables, simulate_by_result

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Forecast

RESULTS = ("home", "draw", "away")
_TOP = 4


def build_importance(
    progress: SeasonProgress,
    scores: Scores,
    format: SeasonFormat,
    adjustments: Mapping[int, int],
    coming: Sequence[Forecast],
) -> dict[str, Any]:
    """JSON: the matches of the next round by kick-off, each with both seasons, and all teams, by result.

    Parameters
    ----------
    coming : the forecasts of the next round.
    """
    season = build_season_state(progress, scores, format, adjustments)
    pairs = {pair: n for n, pair in enumerate(progress.to_play)}
    matches = [each for each in coming if (each.content["home"]["id"], each.content["away"]["id"]) in pairs]
    if not matches:
        return {"items": [], "cautions": []}
    watched = np.array([pairs[each.content["home"]["id"], each.content["away"]["id"]] for each in matches])
    tables = simulate_by_result(season, watched, seed=SEED)
    index = {team: n for n, team in enumerate(season.team_ids)}
    rows = [_row(n, each, tables, index, format) for n, each in enumerate(matches)]
    return {"items": rows, "cautions": list(format.cautions)}


def _row(
    n: int, match: Forecast, tables: ConditionalTables, index: Mapping[int, int], format: SeasonFormat
) -> dict[str, Any]:
    home, away = match.content["home"], match.content["away"]
    sides = [{**side, **_by_result(n, index[side["id"]], tables, format)} for side in (home, away)]
    return {
        "match_id": match.match_id,
        "starts_at": match.starts_at.isoformat(),
        "importance": round(100 * max(_swing(side) for side in sides)),
        "n_simulations": dict(zip(RESULTS, tables.n[n].tolist(), strict=True)),
        "home": sides[0],
        "away": sides[1],
        "teams": [{"team_id": team, **_by_result(n, k, tables, format)} for team, k in index.items()],
    }


def _by_result(n: int, team: int, tables: ConditionalTables, format: SeasonFormat) -> dict[str, Any]:
    """A team's chances by the result of a match."""
    n_safe = len(tables.points[n, 0]) - (format.relegated or 0)
    return {
        name: {
            "p_champion": _round(tables.p_place[n, k, team, 0]),
            "p_top_4": _round(tables.p_place[n, k, team, :_TOP].sum()),
            "p_relegated": None if format.relegated is None else _round(tables.p_place[n, k, team, n_safe:].sum()),
            "mean_points": round(float(tables.points[n, k, team]), 2),
        }
        for k, name in enumerate(RESULTS)
    }


def _swing(side: Mapping[str, Any]) -> float:
    """The largest distance between the chances after a win and after a defeat, 0 to 1."""
    first, last = side["home"], side["away"]
    keys = ("p_champion", "p_top_4", "p_relegated")
    return max(float(abs(first[key] - last[key])) for key in keys if first[key] is not None)


def _round(probability: float) -> float:
    return round(float(probability), 4)
