"""The client against a running platform: every function, names, the cache, a platform that is gone; its examples."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import functions_framework
import httpx
import pandas as pd
import polars as pl
import psycopg
import pytest

from functions.analyze import ports
from shared.adapters.clickhouse.client import ClickHouse
from shared.client import touchline as tl
from shared.clock import SystemClock
from shared.domain.football.records import LeagueRecord, Odds, Shot, Team
from shared.security.tokens import Caller, Tokens
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.round_robin import N_MATCHES, N_PLAYED, round_robin
from shared.testing.small_league import RECORDS, appearance, season, store
from shared.testing.valkey_process import ValkeyProcess
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.postgres import Server
from tests.support.functions.catalogue import ENV
from tests.support.functions.league_events import deliver, league_updated
from tests.support.functions.server import served
from tests.support.reference import ROOT

CLIENT = ROOT / "shared" / "client"
EXAMPLES = sorted((CLIENT / "examples").glob("*.py"))


def _store(url: str) -> None:
    """A season of ten teams with shots, squads and closing prices."""
    warehouse = ClickHouse(url)
    (shot,) = (row for row in RECORDS["shots"] if isinstance(row, Shot))
    store(warehouse, "leagues", [LeagueRecord(source="sofascore", version=1, league_id=LEAGUE, name="Premier League",
                                              country="England")], "leagues")  # fmt: skip
    store(warehouse, "seasons", [season(SEASON, "2025/26")], "seasons")
    store(warehouse, "matches", round_robin(), "matches")
    team = next(row for row in RECORDS["teams"] if isinstance(row, Team))
    store(warehouse, "teams", [replace(team, team_id=n, name=f"T{n}") for n in range(1, 11)], "teams")
    store(warehouse, "players", RECORDS["players"], "players")
    store(warehouse, "shots", [replace(shot, match_id=n, ordinal=k, is_home=k == 0, xg=0.1 * (k + 1))
                               for n in range(1, N_PLAYED + 1) for k in range(2)], "shots")  # fmt: skip
    store(warehouse, "appearances", [appearance(1, 1, 1, 90, rating=7.0), appearance(1, 2, 2, 90)], "appearances")
    prices = zip(("home", "draw", "away"), (2.0, 3.5, 4.0), strict=True)
    store(warehouse, "odds", [
        Odds(source="footballdata", version=1, league_id=LEAGUE, season_id=SEASON, match_id=n, bookmaker="pinnacle",
             market="result", line="", outcome=outcome, is_closing=True, decimal=decimal)
        for outcome, decimal in prices for n in range(1, 21)
    ], "odds")  # fmt: skip
    warehouse.close()


@pytest.fixture(scope="module")
def url(
    olap: Olap, postgres_server: Server, cache_server: ValkeyProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a platform whose league is analysed and whose names are indexed."""
    database = f"client_{uuid4().hex}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE template".encode())
    stores = {
        "CLICKHOUSE_URL": migrated(olap),
        "DATABASE_URL": postgres_server.url(database),
        "CACHE_URL": cache_server.url,
        "ANALYST_SQL": "true",
    }
    _store(stores["CLICKHOUSE_URL"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ports, "DEBOUNCE_S", 0.0)
        for name, value in {**ENV, **stores}.items():
            patch.setenv(name, value)
        for function, kinds in (("analyze", ("matches",)), ("search", ("leagues", "matches", "appearances"))):
            source = str(ROOT / "functions" / function / "main.py")
            app = functions_framework.create_app("handle", source)  # type: ignore[no-untyped-call]
            for records in kinds:
                assert deliver(app.test_client(), league_updated(records=records)).status_code == 202
    with served(stores, tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(autouse=True)
def _connected(url: str, tmp_path: Path) -> Iterator[None]:
    """The client speaks to the platform, with an empty cache."""
    tl.connect(url, cache=tmp_path)
    yield
    tl.session().close()


def test_matches_are_a_frame_with_times_in_utc_and_whole_numbers() -> None:
    frame = tl.matches("england", season="2025/26")
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == N_MATCHES
    assert (str(frame.score_home.dtype), str(frame.starts_at.dt.tz)) == ("Int64", "UTC")
    assert int(frame.score_home.isna().sum()) == N_MATCHES - N_PLAYED
    assert frame.attrs["sources"] == ["sofascore"]
    assert frame.attrs["url"].endswith("/stats/leagues/england/matches.arrow?season=2025%2F26")
    assert frame.attrs["etag"]


def test_polars_and_arrow_have_the_same_rows() -> None:
    frame = tl.matches("england", to="polars")
    assert isinstance(frame, pl.DataFrame)
    assert frame["match_id"].to_list() == tl.matches("england", to="arrow")["match_id"].to_pylist()


OF_LEAGUE = (
    "seasons", "rounds", "teams", "matches", "table", "table_graph", "standings", "form", "streaks", "team_stats",
    "player_stats", "leaders", "expected_goals", "game_state", "discipline", "referees", "completeness", "quality",
    "corrections", "statistics", "appearances", "incidents", "odds", "shots", "forecasts", "ratings", "outlook",
)  # fmt: skip
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    **dict.fromkeys(OF_LEAGUE, (("england",), {})),
    "leagues": ((), {}),
    "schema": ((), {}),
    "sources": ((), {}),
    "matches_of_all": ((), {"league": "england"}),
    "search": (("Premier",), {}),
    "team_matches": (("T1",), {}),
    "squad": ((1,), {}),
    "player_matches": ((1,), {}),
}
"""Every function that returns a frame, and what it is called with here."""


@pytest.mark.parametrize("name", CALLS)
def test_every_function_returns_a_frame(name: str) -> None:
    arguments, named = CALLS[name]
    frame = getattr(tl, name)(*arguments, **named)
    assert isinstance(frame, pd.DataFrame)
    assert len(frame.columns) > 2 or name in ("quality",)


def test_things_are_dicts() -> None:
    assert tl.match(1)["home"]["name"] == "T1"
    assert tl.team("T1")["team_id"] == 1
    assert tl.player(1)["player_id"] == 1
    assert sum(tl.pairing("england", "T1", 2)["probabilities"].values()) == pytest.approx(1, abs=0.01)
    assert "league" in tl.track_record("england") or tl.track_record("england")["name"]


def test_probabilities_are_columns_of_their_own() -> None:
    frame = tl.forecasts("england", round="next")
    assert frame[["home", "draw", "away"]].sum(axis=1).round(3).tolist() == [1.0] * len(frame)
    assert {"home_id", "home_name", "away_name"} <= set(frame.columns)
    assert len(tl.forecasts("england")) == N_MATCHES - N_PLAYED


def test_names_stand_for_ids() -> None:
    assert set(tl.matches("England", team="T3").match_id) == set(tl.matches("england", team=3).match_id)
    assert len(tl.table("Premier League")) == 10
    with pytest.raises(tl.NotFound, match="no team is called 'Zzyzx'"):
        tl.team("Zzyzx")
    with pytest.raises(tl.AmbiguousName) as caught:
        tl.team("T")
    assert len(caught.value.candidates) > 1


def test_faults_are_exceptions_with_the_platforms_words() -> None:
    with pytest.raises(tl.InvalidQuery) as caught:
        tl.leaders("england", metric="%%")
    assert list(caught.value.errors) == ["metric"]
    with pytest.raises(tl.NotFound, match="season '1950/51' is not stored"):
        tl.matches("england", season="1950/51")


def test_sql_gives_frames_to_analysts(url: str, tmp_path: Path) -> None:
    with pytest.raises(tl.Unauthorized):
        tl.sql("SELECT 1 AS one")
    who = Caller(user_id=str(uuid4()), username="ada", roles=("analyst",), session_id="s1")
    token = Tokens([("k1", "one" * 12)], SystemClock()).sign(who)
    tl.connect(url, token=token, cache=tmp_path)
    frame = tl.sql("SELECT count() AS n FROM stats_matches WHERE status_type = 'finished'")
    assert frame.n.tolist() == [N_PLAYED]
    with pytest.raises(tl.InvalidQuery, match="not among the views"):
        tl.sql("SELECT * FROM ledger_postings")


def test_pictures_show_themselves(tmp_path: Path) -> None:
    picture = tl.plot.shots(1)
    assert picture._repr_svg_().lstrip().startswith(("<?xml", "<svg"))
    assert picture.save(tmp_path / "shots.svg").read_text() == picture.svg
    assert picture.save(tmp_path / "shots.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in tl.plot.positions("england").svg
    assert "<svg" in tl.plot.ranks("england").svg


def test_an_unchanged_table_is_not_sent_again(url: str, tmp_path: Path) -> None:
    seen: list[tuple[int, str]] = []

    class Watching(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            seen.append((response.status_code, request.headers.get("if-none-match", "")))
            return response

    tl.connect(url, cache=tmp_path / "other", transport=Watching())
    first, second = tl.matches("england"), tl.matches("england")
    assert first.equals(second)
    assert [status for status, _ in seen] == [200, 304]
    assert seen[1][1] == first.attrs["etag"]


def test_a_platform_that_is_gone_leaves_what_was_kept_with_its_age(tmp_path: Path) -> None:
    before = tl.matches("england")
    session = tl.session()
    for described in tmp_path.glob("*.json"):
        text = described.read_text()
        stamp = before.attrs["fetched_at"]
        older = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
        described.write_text(text.replace(stamp, older))
    tl.connect(session.url, cache=tmp_path, transport=Noting())
    with pytest.warns(tl.OfflineWarning, match="does not answer: kept 5 hours ago"):
        after = tl.matches("england")
    assert after.equals(before)
    with pytest.raises(tl.Unavailable, match="does not answer"):
        tl.teams("england")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(example: Path, url: str, tmp_path: Path) -> None:
    """As somebody would who installed the client: `touchline` is the client's folder."""
    environment = {**os.environ, "TOUCHLINE_URL": url, "TOUCHLINE_CACHE": str(tmp_path), "PYTHONPATH": str(CLIENT)}
    done = subprocess.run([sys.executable, str(example)], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() or example.stem == "expected_goals_in_polars"
    assert example.read_text().startswith("# %% [markdown]")


ARGUMENTS = {
    "league": "england", "match": 1, "team": 1, "player": 1, "manager": 1, "home": 1, "away": 2, "metric": "goals",
    "season": "2025/26", "round": 1, "state": "finished", "as_of": "2026-01-01", "venue": "home", "n": 5,
    "per_90": True, "min_minutes": 90, "position": "F", "market": "result", "closing": True, "kind": "elo",
    "date_from": "2025-01-01", "date_to": "2025-01-01", "day": "2025-01-01", "theme": "dark", "query": "SELECT 1",
}  # fmt: skip
"""A value for each parameter of any function."""
OF_MATCH_OR_SEASON = ("statistics", "appearances", "incidents", "odds", "shots")


class Noting(httpx.BaseTransport):
    """Notes what is asked; nobody answers."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        raise httpx.ConnectError("only noted")


def test_every_call_is_a_route_with_these_parameters(url: str) -> None:
    """Held against the platform's own document: the path is there, and each parameter is one of its query."""
    document = httpx.get(f"{url}/openapi.json").json()
    noting = Noting()
    tl.connect(url, cache="/nonexistent/touchline", transport=noting)
    functions = [each for name in tl.__all__ if inspect.isfunction(each := getattr(tl, name))]
    pictures = [getattr(tl.plot, name) for name in tl.plot.__all__]
    for function in (*functions, *pictures):
        if function in (tl.connect, tl.session, tl.search):
            continue
        names = list(inspect.signature(function).parameters)
        left_out = ("match", "team", "player") if function.__name__ in OF_MATCH_OR_SEASON and "league" in names else ()
        with pytest.raises(tl.Unavailable):
            function(**{name: ARGUMENTS[name] for name in names if name in ARGUMENTS and name not in left_out})
    paths = {re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))): path for path in document["paths"]}
    for request in noting.requests:
        path = next(path for pattern, path in paths.items() if pattern.fullmatch(request.url.path))
        operation = document["paths"][path][request.method.lower()]
        known = {each["name"] for each in operation.get("parameters", [])}
        assert set(request.url.params) <= known, request.url
    assert len(noting.requests) > 45
