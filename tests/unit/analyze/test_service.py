"""What analyze answers and when it fits, over fakes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.analyze import service
from functions.analyze.edge import ForecastsQuery
from functions.analyze.edge import forecasts as forecast_page
from functions.analyze.model import Analysis, History
from functions.analyze.service import Deps, Position, StoredForecast
from shared.errors import InvalidInput, NotFound
from shared.events.football import LeagueUpdated
from tests.unit.analyze.memory_views import MemoryViews, OneSeason
from tests.unit.analyze.seasons import play
from tests.unit.analyze.test_model import history


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
    """Analyses in memory, one turn at a time by nature."""

    def __init__(self) -> None:
        self.requests = 0
        self.covers: dict[int, int] = {}
        self.stored: dict[int, Analysis] = {}

    def request(self) -> int:
        self.requests += 1
        return self.requests

    def refit(self, league_id: int, request: int, compute: Callable[[], Analysis]) -> bool:
        if self.covers.get(league_id, 0) >= request:
            return False
        covers = self.requests
        self.stored[league_id] = compute()
        self.covers[league_id] = covers
        return True

    def league(self, league_id: int) -> dict[str, Any]:
        if league_id not in self.stored:
            raise NotFound(f"league {league_id}: not analysed yet")
        kept = self.stored[league_id]
        return {"league_id": league_id, "fitted_at": datetime(2026, 1, 1, tzinfo=UTC), **kept.described()}

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
            )
            for forecast in self.stored[league_id].forecasts
        ]


@pytest.fixture
def deps() -> Deps:
    return Deps(
        matches=OneLeague(), fits=MemoryFits(), seasons=OneSeason(history(play())), views=MemoryViews(), probes={}
    )


def updated(league_id: int = 17, batch: str = "b1") -> LeagueUpdated:
    return LeagueUpdated(
        league_id=league_id,
        season_id=2024,
        records="matches",
        n_rows=10,
        batch_id=batch,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_update_of_results_makes_forecasts(deps: Deps) -> None:
    service.recompute(updated(), deps)
    page = service.forecasts("england", round="next", after=None, limit=50, deps=deps)
    assert page["round"] == 19
    assert len(page["items"]) == 5


def test_request_covered_by_a_later_fit_is_not_fitted_again(deps: Deps) -> None:
    early = deps.fits.request()
    service.recompute(updated(batch="b2"), deps)
    assert isinstance(deps.matches, OneLeague)
    n_reads = deps.matches.n_reads
    assert deps.fits.refit(17, early, lambda: pytest.fail("fitted twice")) is False
    assert deps.matches.n_reads == n_reads


def test_league_without_matches_is_not_found(deps: Deps) -> None:
    with pytest.raises(NotFound):
        service.recompute(updated(league_id=8), deps)


def test_unknown_league_and_unfitted_league_are_not_found(deps: Deps) -> None:
    for slug in ("atlantis", "england"):
        with pytest.raises(NotFound):
            service.ratings(slug, "elo", None, deps)


def test_pages_join_to_the_whole(deps: Deps) -> None:
    service.recompute(updated(), deps)
    seen, cursor = [], ""
    while True:
        page = forecast_page("england", ForecastsQuery(limit=3, cursor=cursor), deps)
        seen += [item["match_id"] for item in page["items"]]
        if not page["next"]:
            break
        cursor = page["next"]
    assert seen == [90_000 + n for n in range(10)]


def test_round_that_is_no_number_is_refused(deps: Deps) -> None:
    service.recompute(updated(), deps)
    with pytest.raises(InvalidInput) as fault:
        service.forecasts("england", round="last", after=None, limit=5, deps=deps)
    assert "round" in fault.value.errors


def test_pairing_equals_the_stored_forecast_of_the_same_teams(deps: Deps) -> None:
    service.recompute(updated(), deps)
    item = service.forecasts("england", round="", after=None, limit=1, deps=deps)["items"][0]
    pair = service.pairing("england", item["home"]["id"], item["away"]["id"], deps=deps)
    assert pair["probabilities"] == item["probabilities"]


def test_team_does_not_play_itself(deps: Deps) -> None:
    service.recompute(updated(), deps)
    with pytest.raises(InvalidInput):
        service.pairing("england", 100, 100, deps=deps)


def test_ratings_are_rounded_only_in_the_answer(deps: Deps) -> None:
    service.recompute(updated(), deps)
    row = service.ratings("england", "elo", None, deps)["ratings"][0]
    assert row["elo"] == round(row["elo"], 1)
    assert deps.fits.league(17)["ratings"][0]["elo"] != row["elo"]
