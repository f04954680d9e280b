"""What analyze answers and when it fits, over fakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.analyze import refit as fitting
from functions.analyze import service
from functions.analyze.edge import ForecastsQuery
from functions.analyze.edge import forecasts as forecast_page
from functions.analyze.models.analysis import Analysis
from functions.analyze.models.history import History
from functions.analyze.models.rating_history import SeasonHistory
from functions.analyze.ports import Deps, Made, Position, StoredForecast
from shared.errors import InvalidInput, NotFound
from shared.events.football import LeagueUpdated
from tests.support.analyze.memory_views import MemoryViews, OneSeason
from tests.support.analyze.seasons import play
from tests.unit.functions.analyze.models.test_analysis import history


class OneLeague:
    """The matches of league 17."""

    def __init__(self) -> None:
        self.n_reads = 0

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        if league_id != 17:
            raise NotFound(f"league {league_id}: no match is stored")
        self.n_reads += 1
        return history(play())


class MemoryFits:
    """Analyses in memory, one turn at a time by nature; what is marked is due."""

    def __init__(self, views: MemoryViews) -> None:
        self.marks: dict[int, datetime] = {}
        self.stored: dict[int, Analysis] = {}
        self.due_in_s: list[float] = []
        """What is answered before a marked league is due."""
        self._views = views

    def mark(self, league_id: int, season_id: int, changed_at: datetime) -> None:
        self.marks[league_id] = changed_at

    def refit(self, compute: Callable[[int], Made | None], *, skip: Sequence[int] = ()) -> float | None:
        due = sorted(set(self.marks) - set(skip))
        if not due:
            return None
        if self.due_in_s:
            return self.due_in_s.pop(0)
        marked = self.marks[due[0]]
        made = compute(due[0])
        if made is not None:
            self.stored[due[0]] = made.analysis
            self._views.keep(due[0], made.views)
        if self.marks[due[0]] == marked:
            del self.marks[due[0]]
        return 0.0

    def league(self, league_id: int) -> dict[str, Any]:
        if league_id not in self.stored:
            raise NotFound(f"league {league_id}: not analysed yet")
        kept = self.stored[league_id]
        return {"league_id": league_id, "fitted_at": datetime(2026, 1, 1, tzinfo=UTC), **kept.described()}

    def history(self, league_id: int, season: str) -> SeasonHistory:
        return self.stored[league_id].history[-1]

    def leagues(self) -> list[dict[str, Any]]:
        return [{"league_id": league_id} for league_id in self.stored]

    def forecasts(
        self, league_id: int, season_id: int, *, round: int | None, after: Position | None, limit: int
    ) -> list[StoredForecast]:
        rows = [row for row in self._all(league_id) if round is None or row.round == round]
        return [row for row in rows if after is None or (row.starts_at, row.match_id) > after][:limit]

    def forecast(self, match_id: int) -> StoredForecast:
        for league_id in self.stored:
            for row in self._all(league_id):
                if row.match_id == match_id:
                    return row
        raise NotFound(f"match {match_id}: no forecast")

    def _all(self, league_id: int) -> list[StoredForecast]:
        return [
            StoredForecast(
                match_id=forecast.match_id,
                league_id=league_id,
                league_name=self.stored[league_id].name,
                season_id=forecast.season_id,
                round=forecast.round,
                starts_at=forecast.starts_at,
                made_at=datetime(2026, 1, 1, tzinfo=UTC),
                forecast=forecast.content,
                version=self.stored[league_id].version,
                inputs=self.stored[league_id].inputs,
            )
            for forecast in self.stored[league_id].forecasts
        ]


@pytest.fixture
def deps() -> Deps:
    views = MemoryViews()
    return Deps(
        matches=OneLeague(), fits=MemoryFits(views), seasons=OneSeason(history(play())), views=views, probes={},
        wait=lambda _: None,
    )  # fmt: skip


def updated(league_id: int = 17, batch: str = "b1") -> LeagueUpdated:
    return LeagueUpdated(
        league_id=league_id,
        season_id=2024,
        records="matches",
        n_rows=10,
        batch_id=batch,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def updated_league(deps: Deps) -> None:
    """League 17 is fitted."""
    fitting.updated(updated(), deps)


def test_update_of_results_makes_forecasts(deps: Deps) -> None:
    updated_league(deps)
    page = service.forecasts("england", round="next", after=None, limit=50, deps=deps)
    assert page["round"] == 19
    assert len(page["items"]) == 5


def test_unknown_league_and_unfitted_league_are_not_found(deps: Deps) -> None:
    for slug in ("atlantis", "england"):
        with pytest.raises(NotFound):
            service.ratings(slug, "elo", None, deps)


def test_pages_join_to_the_whole(deps: Deps) -> None:
    updated_league(deps)
    seen, cursor = [], ""
    while True:
        page = forecast_page("england", ForecastsQuery(limit=3, cursor=cursor), deps)
        seen += [item["match_id"] for item in page["items"]]
        if not page["next"]:
            break
        cursor = page["next"]
    assert seen == [90_000 + n for n in range(10)]


def test_round_that_is_no_number_is_refused(deps: Deps) -> None:
    updated_league(deps)
    with pytest.raises(InvalidInput) as fault:
        service.forecasts("england", round="last", after=None, limit=5, deps=deps)
    assert "round" in fault.value.errors


def test_pairing_equals_the_stored_forecast_of_the_same_teams(deps: Deps) -> None:
    updated_league(deps)
    item = service.forecasts("england", round="", after=None, limit=1, deps=deps)["items"][0]
    pair = service.pairing("england", item["home"]["id"], item["away"]["id"], deps=deps)
    assert pair["probabilities"] == item["probabilities"]


def test_team_does_not_play_itself(deps: Deps) -> None:
    updated_league(deps)
    with pytest.raises(InvalidInput):
        service.pairing("england", 100, 100, deps=deps)


def test_ratings_are_rounded_only_in_the_answer(deps: Deps) -> None:
    updated_league(deps)
    row = service.ratings("england", "elo", None, deps)["ratings"][0]
    assert row["elo"] == round(row["elo"], 1)
    assert deps.fits.league(17)["ratings"][0]["elo"] != row["elo"]
