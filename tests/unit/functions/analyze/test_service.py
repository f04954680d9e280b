"""The answers of analyze, over fakes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.analyze import refit, service
from functions.analyze.models.analysis import Analysis
from functions.analyze.models.history import History
from functions.analyze.models.rating_history import SeasonHistory
from functions.analyze.ports import Deps, Due, FitResult, Position, StoredForecast
from shared.errors import InvalidInput, NotFound
from shared.events.football import LeagueUpdated
from tests.support.analyze.memory_views import MemoryViews, OneSeason
from tests.support.analyze.seasons import play
from tests.unit.functions.analyze.models.test_analysis import history


class OneLeague:
    """A match store with league 17 alone."""

    def __init__(self) -> None:
        self.n_reads = 0

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        if league_id != 17:
            raise NotFound(f"league {league_id}: no match is stored")
        self.n_reads += 1
        return history(play())


class MemoryAnalyses:
    """Analyses in memory, for one process; a marked league is due at once."""

    def __init__(self, views: MemoryViews) -> None:
        self.marks: dict[int, datetime] = {}
        self.stored: dict[int, Analysis] = {}
        self.due_in_s: list[float] = []
        """Answers of `next_due` before a marked league is due."""
        self.views = views

    def mark(self, league_id: int, season_id: int, changed_at: datetime) -> None:
        self.marks[league_id] = changed_at

    def next_due(self, *, skip: Collection[int] = ()) -> Due | None:
        marked = sorted(set(self.marks) - set(skip))
        if not marked:
            return None
        return Due(marked[0], self.due_in_s.pop(0) if self.due_in_s else 0.0)

    @contextmanager
    def claim_due(self, league_id: int) -> Iterator[MemoryClaim | None]:
        yield MemoryClaim(self, league_id, self.marks[league_id])

    def league(self, league_id: int) -> dict[str, Any]:
        if league_id not in self.stored:
            raise NotFound(f"league {league_id}: not analysed yet")
        return {
            "league_id": league_id,
            "fitted_at": datetime(2026, 1, 1, tzinfo=UTC),
            **self.stored[league_id].summary(),
        }

    def history(self, league_id: int, season: str) -> SeasonHistory:
        return self.stored[league_id].history[-1]

    def leagues(self) -> list[dict[str, Any]]:
        return [{"league_id": league_id} for league_id in self.stored]

    def forecasts(
        self,
        league_id: int,
        season_id: int,
        *,
        round: int | None,
        after: Position | None,
        limit: int,
        made_since: datetime | None = None,
    ) -> list[StoredForecast]:
        rows = [row for row in self._all(league_id) if round is None or row.round == round]
        rows = [row for row in rows if made_since is None or row.made_at >= made_since]
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


class MemoryClaim:
    """The claim of a league in `MemoryAnalyses`; it covers one mark."""

    def __init__(self, analyses: MemoryAnalyses, league_id: int, mark: datetime) -> None:
        self._analyses, self._league_id, self._mark = analyses, league_id, mark

    def save(self, result: FitResult | None) -> None:
        if result is not None:
            self._analyses.stored[self._league_id] = result.analysis
            self._analyses.views.save(self._league_id, result.views)
        if self._analyses.marks[self._league_id] == self._mark:
            del self._analyses.marks[self._league_id]


@pytest.fixture
def deps() -> Deps:
    views = MemoryViews()
    return Deps(
        matches=OneLeague(), analyses=MemoryAnalyses(views), seasons=OneSeason(history(play())), views=views, probes={},
        sleep=lambda _: None,
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
    refit.mark_and_refit(updated(), deps)


def test_update_of_results_makes_forecasts(deps: Deps) -> None:
    updated_league(deps)
    page = service.list_forecasts("england", round="next", cursor="", limit=50, deps=deps)
    assert page["round"] == 19
    assert len(page["items"]) == 5


def test_unknown_league_and_unfitted_league_are_not_found(deps: Deps) -> None:
    for slug in ("atlantis", "england"):
        with pytest.raises(NotFound):
            service.get_ratings(slug, "elo", None, deps)


def test_pages_join_to_the_whole(deps: Deps) -> None:
    updated_league(deps)
    seen, cursor = [], ""
    while True:
        page = service.list_forecasts("england", round="", cursor=cursor, limit=3, deps=deps)
        seen += [item["match_id"] for item in page["items"]]
        if not page["next"]:
            break
        cursor = page["next"]
    assert seen == [90_000 + n for n in range(10)]


def test_round_that_is_no_number_is_refused(deps: Deps) -> None:
    updated_league(deps)
    with pytest.raises(InvalidInput) as fault:
        service.list_forecasts("england", round="last", cursor="", limit=5, deps=deps)
    assert "round" in fault.value.errors


def test_pairing_equals_the_stored_forecast_of_the_same_teams(deps: Deps) -> None:
    updated_league(deps)
    item = service.list_forecasts("england", round="", cursor="", limit=1, deps=deps)["items"][0]
    pair = service.forecast_pairing("england", item["home"]["id"], item["away"]["id"], deps=deps)
    assert pair["probabilities"] == item["probabilities"]


def test_team_does_not_play_itself(deps: Deps) -> None:
    updated_league(deps)
    with pytest.raises(InvalidInput):
        service.forecast_pairing("england", 100, 100, deps=deps)


def test_ratings_are_rounded_only_in_the_answer(deps: Deps) -> None:
    updated_league(deps)
    row = service.get_ratings("england", "elo", None, deps)["ratings"][0]
    assert row["elo"] == round(row["elo"], 1)
    assert deps.analyses.league(17)["ratings"][0]["elo"] != row["elo"]
