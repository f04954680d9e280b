"""The views of analyze on real engines: what they read, which of two stays, and forecasts that results decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.analyze import refit, view_service
from functions.analyze.ports import Deps
from functions.analyze.storage.analyses import PostgresAnalyses
from functions.analyze.storage.matches import ClickHouseMatches
from functions.analyze.storage.season_matches import ClickHouseSeasonStore
from functions.analyze.storage.views import PostgresViews
from functions.analyze.views.discipline import MatchDiscipline
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.domain.football.records import Shot
from shared.errors import NotFound
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.round_robin import FIRST_KICK_OFF, N_PLAYED, round_robin
from shared.testing.small_league import RECORDS, incident, season, statistic, store, store_all


@pytest.fixture
def warehouse(clickhouse_url: str) -> Iterator[ClickHouse]:
    result = ClickHouse(clickhouse_url)
    yield result
    result.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Postgres]:
    result = Postgres(database_url)
    yield result
    result.close()


@pytest.fixture
def deps(warehouse: ClickHouse, database: Postgres) -> Deps:
    return Deps(
        matches=ClickHouseMatches(warehouse),
        analyses=PostgresAnalyses(database, debounce_s=0.0),
        seasons=ClickHouseSeasonStore(warehouse),
        views=PostgresViews(database),
        probes={},
    )


def updated(batch_id: str) -> LeagueUpdated:
    return LeagueUpdated(
        league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=1, batch_id=batch_id, updated_at=FIRST_KICK_OFF
    )


def test_events_and_shots_of_one_season(warehouse: ClickHouse) -> None:
    store_all(warehouse)
    seasons = ClickHouseSeasonStore(warehouse)
    assert sorted(event.match_id for event in seasons.events(LEAGUE, SEASON)) == [1, 2, 3, 4, 5]
    assert seasons.shots(LEAGUE, SEASON) == {1: ([0.4], [])}
    (shot,) = RECORDS["shots"]
    assert isinstance(shot, Shot)
    unknown = replace(shot, ordinal=1, is_home=False, xg=None)
    store(warehouse, "shots", [unknown], "unknown")
    assert seasons.shots(LEAGUE, SEASON) == {}


def test_cards_fouls_and_referees_of_a_season(warehouse: ClickHouse) -> None:
    """A second caution is a yellow card and a sending-off; what was taken back is neither."""
    store_all(warehouse)
    cards = [
        incident(4, 0, kind="card", detail="yellow"),
        incident(4, 1, kind="card", detail="yellowRed"),
        incident(4, 2, kind="card", detail="red", is_home=False),
        incident(4, 3, kind="card", detail="red", is_home=False, rescinded=True),
        incident(4, 4, kind="card", detail="yellow", is_home=None),
    ]
    store(warehouse, "incidents", cards, "cards")
    store(warehouse, "team_statistics", [statistic(4, "ALL", "fouls", 11.0, 9.0)], "fouls")
    result = {each.match_id: each for each in ClickHouseSeasonStore(warehouse).discipline(LEAGUE, SEASON)}
    assert result == {
        1: MatchDiscipline(match_id=1, yellow=(0, 0), red=(0, 0), fouls=(None, None), referee_id=7, referee="A. Pfiff"),
        4: MatchDiscipline(match_id=4, yellow=(2, 0), red=(1, 1), fouls=(11.0, 9.0), referee_id=None, referee=""),
    }


def test_players_of_a_season_and_of_a_day(warehouse: ClickHouse) -> None:
    store_all(warehouse)
    seasons = ClickHouseSeasonStore(warehouse)
    now = {one.player_id: one for one in seasons.players(LEAGUE, SEASON, None)}
    assert {number: one.minutes for number, one in now.items()} == {1: 90, 2: 150, 5: 90}
    two = now[2]
    assert (two.player, two.team_id, two.position) == ("Player 2", 43, "F")
    assert (two.rating, dict(two.totals)) == ((60 * 7.0 + 90 * 9.0) / 150, {"goals": 2.0, "keyPass": 3.0})
    first = datetime(2025, 8, 16, 14, tzinfo=UTC)
    for played_for, minutes in ((119, []), (120, [90])):
        then = seasons.players(LEAGUE, SEASON, first + timedelta(minutes=played_for))
        assert [one.minutes for one in then] == minutes


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
    refit.mark_and_refit(updated("b1"), deps)
    assert view_service.get_view("england", "track-record", None, deps)["n_forecasts"] == 0
    over = replace(coming, status_code=100, status_type="finished", home_goals=1, away_goals=0, version=2)
    store(warehouse, "matches", [over], "over")
    refit.mark_and_refit(updated("b2"), deps)
    record = view_service.get_view("england", "track-record", None, deps)
    p = deps.analyses.forecast(last.match_id).forecast["probabilities"]
    rps = ((1 - p["home"]) ** 2 + p["away"] ** 2) / 2
    assert record["n_forecasts"] == 1
    assert record["scores"]["rps"]["mean"] == pytest.approx(rps, abs=1e-3)
    assert view_service.get_view("england", "outlook", None, deps)["n_played"] == N_PLAYED + 1
