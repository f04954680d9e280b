"""The views of analyze on real engines: what they read, which of two stays, and forecasts that results decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.analyze import fitting, view_service
from functions.analyze.matches import ClickHouseMatches
from functions.analyze.season_matches import ClickHouseSeasons
from functions.analyze.service import Deps
from functions.analyze.store import PostgresFits
from functions.analyze.view_store import PostgresViews
from shared.adapters.clickhouse import ClickHouse
from shared.adapters.postgres import Postgres
from shared.domain.records import Shot
from shared.errors import NotFound
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.round_robin import FIRST_KICK_OFF, N_PLAYED, round_robin
from shared.testing.small_league import RECORDS, season, store, store_all


@pytest.fixture
def warehouse(clickhouse_url: str) -> Iterator[ClickHouse]:
    made = ClickHouse(clickhouse_url)
    yield made
    made.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Postgres]:
    made = Postgres(database_url)
    yield made
    made.close()


@pytest.fixture
def deps(warehouse: ClickHouse, database: Postgres) -> Deps:
    return Deps(
        matches=ClickHouseMatches(warehouse),
        fits=PostgresFits(database, quiet_s=0.0),
        seasons=ClickHouseSeasons(warehouse),
        views=PostgresViews(database),
        probes={},
    )


def updated(batch_id: str) -> LeagueUpdated:
    return LeagueUpdated(
        league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=1, batch_id=batch_id, updated_at=FIRST_KICK_OFF
    )


def test_events_and_shots_of_one_season(warehouse: ClickHouse) -> None:
    store_all(warehouse)
    seasons = ClickHouseSeasons(warehouse)
    assert sorted(event.match_id for event in seasons.events(LEAGUE, SEASON)) == [1, 2, 3, 4, 5]
    assert seasons.shots(LEAGUE, SEASON) == {1: ([0.4], [])}
    (shot,) = RECORDS["shots"]
    assert isinstance(shot, Shot)
    unknown = replace(shot, ordinal=1, is_home=False, xg=None)
    store(warehouse, "shots", [unknown], "unknown")
    assert seasons.shots(LEAGUE, SEASON) == {}


def test_a_view_that_is_not_there_is_not_found(database: Postgres) -> None:
    with pytest.raises(NotFound):
        PostgresViews(database).view(17, "outlook")


def test_a_result_decides_the_forecast_that_was_stored_before_it(warehouse: ClickHouse, deps: Deps) -> None:
    """Kick-offs of the coming matches are moved to a far year: a stored forecast was made before its match."""
    kick_off = datetime(2099, 5, 1, tzinfo=UTC)
    store(warehouse, "seasons", [season(SEASON, "2025/26")], "seasons")
    *played, last = round_robin()
    coming = replace(last, starts_at=kick_off)
    store(warehouse, "matches", [*played, coming], "matches")
    fitting.updated(updated("b1"), deps)
    assert view_service.answer("england", "track-record", None, deps)["n_forecasts"] == 0
    over = replace(coming, status_code=100, status_type="finished", home_goals=1, away_goals=0, version=2)
    store(warehouse, "matches", [over], "over")
    fitting.updated(updated("b2"), deps)
    record = view_service.answer("england", "track-record", None, deps)
    p = deps.fits.forecast(last.match_id).forecast["probabilities"]
    rps = ((1 - p["home"]) ** 2 + p["away"] ** 2) / 2
    assert record["n_forecasts"] == 1
    assert record["scores"]["rps"]["mean"] == pytest.approx(rps, abs=1e-3)
    assert view_service.answer("england", "outlook", None, deps)["n_played"] == N_PLAYED + 1
