"""Time the models: fits against penaltyblog's, a forecast from a stored fit, nine leagues analysed anew,
a season simulated, a stored forecast answered by the server.

One thread each: the benchmark starts itself again in an environment that allows no more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from functions.analyze.models import dixon_coles
from functions.analyze.models.analysis import analyse
from functions.analyze.models.forecaster import restore_forecaster
from functions.analyze.models.history import ComingMatch, FinalScore, History
from functions.analyze.models.results import Results, to_arrays
from functions.analyze.views.inputs import ViewInputs
from functions.analyze.views.names import VIEWS
from functions.analyze.views.registry import build_view
from tests.bench import season
from tests.bench.support import reference_model as yardstick
from tests.bench.support import stored_answers as answers
from tests.bench.support.divisions import ODDS, Country, countries
from tests.bench.support.forecasters import alone
from tests.bench.support.single_thread import keep_to_one
from tests.support.analyze.memory_views import OneSeason
from tests.support.analyze.seasons import play
from tests.support.reference import REFERENCE

SEASONS = (1, 3, 5, 12)
NINE = ("England", "Spain", "Italy", "Germany", "France", "Netherlands", "Portugal", "Turkey", "Scotland")
"""Nine highest divisions stand for the nine leagues."""
_LAST = 2024
_STORED_SEASONS = 10


def fits(england: Country) -> list[dict[str, Any]]:
    """Dixon-Coles on England's last seasons, ours and penaltyblog's."""
    top = (england.league == 0) & (england.results.season <= _LAST)
    samples = [
        alone(england.results, np.flatnonzero(top & (england.results.season > _LAST - n_seasons)))
        for n_seasons in SEASONS
    ]
    ours = [best_of(3, lambda of=of: dixon_coles.fit(of, at_day=float(of.day.max()) + 1)) for of in samples]  # type: ignore[misc]
    theirs = yardstick.fit_times(samples) or [float("nan")] * len(ours)
    return [
        {
            "seasons": n,
            "matches": len(of),
            "ms": round(1000 * our, 2),
            "penaltyblog_ms": None if np.isnan(their) else round(1000 * their, 2),
            "ratio": None if np.isnan(their) else round(our / their, 3),
        }
        for n, of, our, their in zip(SEASONS, samples, ours, theirs, strict=True)
    ]


def best_of(n: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of n runs."""
    return min(_seconds(work) for _ in range(n))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def history(league_id: int, country: Country) -> History:
    """The highest division as the store would tell it: ten seasons, the last half of the newest yet to come."""
    rows = np.flatnonzero((country.league == 0) & (country.results.season > _LAST - _STORED_SEASONS))
    results = alone(country.results, rows)
    newest = np.flatnonzero(results.season == _LAST)
    half = int(newest[len(newest) // 2])
    return History(
        league_id=league_id,
        season_id=_LAST,
        season=str(_LAST),
        season_starts_in=_LAST,
        name=country.name,
        scores=[_score(results, m) for m in range(half)],
        coming=[_coming(results, m) for m in range(half, len(results))],
        cancelled_ids=[],
        team_names={},
    )


def _score(results: Results, m: int) -> FinalScore:
    goals, on_target, shots, corners = (tuple(both) for both in results.counts[m].T.tolist())
    return FinalScore(
        match_id=m,
        season_id=int(results.season[m]),
        season_starts_in=int(results.season[m]),
        starts_at=_kick_off(results, m),
        home_id=results.team_ids[int(results.home[m])],
        away_id=results.team_ids[int(results.away[m])],
        home_goals=int(goals[0]),
        away_goals=int(goals[1]),
        on_target=on_target,
        shots=shots,
        corners=corners,
    )


def _coming(results: Results, m: int) -> ComingMatch:
    return ComingMatch(
        match_id=m,
        season_id=_LAST,
        round=None,
        starts_at=_kick_off(results, m),
        home_id=results.team_ids[int(results.home[m])],
        away_id=results.team_ids[int(results.away[m])],
    )


def _kick_off(results: Results, m: int) -> datetime:
    return datetime(1970, 1, 1, 15, tzinfo=UTC) + timedelta(days=float(results.day[m]))


def refits(nine: list[Country]) -> dict[str, Any]:
    """All leagues analysed anew, and one forecast from what that stored."""
    histories = [history(number, country) for number, country in enumerate(nine)]
    together = _seconds(lambda: [analyse(known) for known in histories])
    with_views = _seconds(lambda: [_with_views(known, country) for known, country in zip(histories, nine, strict=True)])
    stored = json.loads(json.dumps(analyse(histories[0]).model["forecaster"]))
    known = restore_forecaster(stored)
    home, away = known.team_ids[:2]
    once = best_of(50, lambda: [known.forecast(home, away) for _ in range(20)]) / 20
    return {
        "leagues": len(nine),
        "matches": sum(len(known.scores) for known in histories),
        "refit_all_s": round(together, 3),
        "refit_all_with_views_s": round(with_views, 3),
        "restore_stored_us": round(1e6 * best_of(20, lambda: restore_forecaster(stored)), 1),
        "forecast_from_stored_us": round(1e6 * once, 1),
    }


def _with_views(known: History, country: Country) -> dict[str, Any]:
    """Build everything that a refit of a league builds, without the stores."""
    inputs = ViewInputs(
        slug=country.name.lower(),
        at=None,
        analysis=analyse(known),
        history=known,
        seasons=OneSeason(known),
        forecasts=[],
    )
    return {name: build_view(name, inputs) for name in VIEWS}


def threads_of_an_analysis() -> int | None:
    """Threads of this process after a fit, asked before anything but the models ran; None where it cannot be told."""
    dixon_coles.fit(to_arrays(play(n_teams=20)), at_day=30_000.0)
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else None


def main() -> None:
    if not (REFERENCE / ODDS).exists():
        print(json.dumps({"bench": "models", "skipped": f"{ODDS} is not beside the repository"}))
        return
    threads = threads_of_an_analysis()
    nine = countries(NINE)
    simulated = {country.name: round(season.seconds_of_simulation(country), 3) for country in nine[:2]}
    actual = {"threads": threads, "fits": fits(nine[0]), **refits(nine), "simulation_s": simulated}
    actual["answers"] = answers.answered(history(answers.LEAGUE_ID, nine[0]))
    print(json.dumps({"bench": "models", **actual}))


if __name__ == "__main__":
    keep_to_one("tests.bench.models")
    main()
