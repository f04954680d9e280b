"""search over HTTP, fed from a real ClickHouse by the events that say what is new, on a real Postgres."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from functions.search import service, wiring
from functions.search.service import Deps
from functions.search.store import ClickHouseNames
from k8s.local.cli import touchline as cli
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.search import PostgresSearch
from shared.domain.football.records import Manager, MatchDetail
from shared.domain.search.ranking import KINDS, Entity, NameSearch
from shared.settings.loading import load_settings
from shared.settings.stores import SearchSettings
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.memory_search import MemorySearch
from shared.testing.small_league import NORDHAFEN, OTHER_LEAGUE, RECORDS, SUEDSTADT, WESTEND, meeting, store, store_all
from shared.web import paging
from tests.support.engines.olap import Olap, migrated
from tests.support.functions import league_events
from tests.support.functions.catalogue import ENV
from tests.support.functions.league_events import deliver, league_updated
from tests.support.functions.problems import assert_problem

PATH = "/stats/search"
KINDS_OF_RECORDS = ("leagues", "seasons", "teams", "matches", "players", "appearances", "match_details", "managers")


@pytest.fixture(scope="module")
def small_league(olap: Olap) -> Iterator[ClickHouse]:
    """The small league and the managers of one match; no test changes them."""
    warehouse = ClickHouse(migrated(olap))
    store_all(warehouse)
    (detail,) = [each for each in RECORDS["match_details"] if isinstance(each, MatchDetail)]
    led = replace(
        detail, version=9, home_manager_id=900, home_manager="A. Trainer", away_manager_id=901, away_manager="Bea Coach"
    )
    store(warehouse, "match_details", [led], "led")
    trainer = Manager(
        source="sofascore", version=1, manager_id=900, name="Åse Trainer", short_name="A. Trainer", country="Norway",
        born_on=None,
    )  # fmt: skip
    store(warehouse, "managers", [trainer], "managers")
    yield warehouse
    warehouse.close()


@pytest.fixture
def deps(small_league: ClickHouse) -> Deps:
    """The function over the small league and an index in memory."""
    return Deps(names=ClickHouseNames(small_league), index=MemorySearch())


@pytest.fixture
def client(load_function: Callable[..., Flask], deps: Deps, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(wiring, "build", lambda settings: deps)
    return load_function("search", **ENV).test_client()


def get_json(client: FlaskClient, q: str, **query: Any) -> dict[str, Any]:
    answer = client.get(PATH, query_string={"q": q, **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"]
    result: dict[str, Any] = json.loads(answer.data)
    return result


def names(client: FlaskClient, q: str, **query: Any) -> list[tuple[str, int]]:
    return [(item["kind"], item["id"]) for item in get_json(client, q, **query)["items"]]


# --- what it is fed with


def test_each_kind_of_record_brings_what_it_names(client: FlaskClient, deps: Deps) -> None:
    actual = {}
    for records in KINDS_OF_RECORDS:
        assert deliver(client, league_updated(records=records)).status_code == 202
        assert isinstance(deps.index, MemorySearch)
        actual[records] = {kind for kind, _ in deps.index.entities}
        deps.index.entities.clear()
    assert actual == {
        "leagues": {"league"}, "seasons": {"league"}, "teams": {"team"}, "matches": {"league", "team"},
        "players": {"player"}, "appearances": {"player"}, "match_details": {"manager"}, "managers": {"manager"},
    }  # fmt: skip


def test_records_that_name_nothing_are_passed_over(client: FlaskClient, deps: Deps) -> None:
    assert isinstance(deps.index, MemorySearch)
    assert deliver(client, league_updated(records="shots")).status_code == 202
    assert not deps.index.entities


def test_an_event_brings_its_season_alone_and_each_as_a_whole(client: FlaskClient, deps: Deps) -> None:
    deliver(client, league_updated(records="teams"))
    assert isinstance(deps.index, MemorySearch)
    result = {each.id: each for each in deps.index.entities.values()}
    assert set(result) == {NORDHAFEN, SUEDSTADT, WESTEND}
    # One of its matches is of another season.
    assert (result[NORDHAFEN].name, result[NORDHAFEN].aliases, result[NORDHAFEN].weight) == (
        "Nordhafen", ("Nord", "NOR"), 4,
    )  # fmt: skip


def test_all_that_is_stored_can_be_rebuilt_and_is_what_events_bring(deps: Deps, small_league: ClickHouse) -> None:
    assert isinstance(deps.index, MemorySearch)
    everything = {(each.kind, each.id): each for kind in KINDS for each in deps.names.list_all(kind)}
    deps.index.put([Entity(kind="team", id=31337, name="Gone United")])
    assert service.rebuild(deps) == len(everything)
    assert deps.index.entities == everything
    seasons = small_league.query("SELECT DISTINCT league_id, season_id FROM current_matches")
    actual = {
        (each.kind, each.id): each
        for kind in KINDS
        for season in seasons
        for each in deps.names.list_season(kind, season["league_id"], season["season_id"])
    }
    assert {key: everything[key] for key in actual} == actual
    assert {key for key in everything if key[0] != "league"} <= set(actual)


def test_a_league_knows_its_seasons(deps: Deps) -> None:
    (england,) = [each for each in deps.names.list_all("league") if each.id == LEAGUE]
    assert england.seasons == ("2024/25", "2025/26", "2026/27")
    assert england.weight == 6
    assert england.aliases == ("Premier League",)  # the catalogue's name, whatever the source calls it


def test_a_team_without_a_record_of_its_own_is_called_what_its_match_calls_it(clickhouse_url: str) -> None:
    warehouse = ClickHouse(clickhouse_url)
    store(warehouse, "matches", [meeting(1, NORDHAFEN, SUEDSTADT, "1:0", 9, 20, round=1)], "one")
    assert {each.name for each in ClickHouseNames(warehouse).list_season("team", LEAGUE, SEASON)} == {
        "Nordhafen", "Suedstadt",
    }  # fmt: skip
    warehouse.close()


def test_a_name_that_no_index_takes_is_cut(clickhouse_url: str, emptied_database_url: str) -> None:
    warehouse, database = ClickHouse(clickhouse_url), Postgres(emptied_database_url)
    endless = replace(meeting(1, NORDHAFEN, SUEDSTADT, "1:0", 9, 20, round=1), home_name="Nord\0" + "hafen" * 2000)
    store(warehouse, "matches", [endless], "one")
    PostgresSearch(database).put(ClickHouseNames(warehouse).list_season("team", LEAGUE, SEASON))
    assert {each.id for each in PostgresSearch(database).candidates(NameSearch(text="nordhafenh"))} == {NORDHAFEN}
    warehouse.close()
    database.close()


def test_managers_are_called_what_their_record_calls_them_or_their_match(deps: Deps) -> None:
    result = {each.id: each for each in deps.names.list_season("manager", LEAGUE, SEASON)}
    assert {each.name for each in result.values()} == {"Åse Trainer", "Bea Coach"}
    assert (result[900].country, result[900].aliases, result[900].weight) == ("Norway", ("A. Trainer",), 1)


def test_only_the_right_events_are_taken(client: FlaskClient) -> None:
    league_events.assert_only_the_right_events_are_taken(client)


# --- what it answers


def test_names_are_found_as_people_type_them(client: FlaskClient, deps: Deps) -> None:
    service.rebuild(deps)
    assert names(client, "NORDHÁFEN") == [("team", NORDHAFEN)]
    assert names(client, "nrodhafn") == [("team", NORDHAFEN)]
    assert names(client, "premier lea") == [("league", LEAGUE)]
    assert names(client, "premier", kind="team") == []
    assert names(client, "premier", season="2025-26") == [("league", LEAGUE)]
    assert names(client, "premier", season="1999/00") == []
    for nothing in ("", " ", "xqzw", "'; --", "(:*)", "\x00", "💥"):
        assert get_json(client, nothing)["items"] == []


def test_a_hit_says_what_it_is(client: FlaskClient, deps: Deps) -> None:
    service.rebuild(deps)
    (hit,) = get_json(client, "nordhafen")["items"]
    assert hit == {
        "kind": "team", "id": NORDHAFEN, "name": "Nordhafen", "country": hit["country"], "position": "",
        "seasons": [], "matches": 4, "score": 1.0,
    }  # fmt: skip


def test_pages_join_to_the_whole_while_names_are_added(client: FlaskClient, deps: Deps) -> None:
    crowd = [Entity(kind="player", id=n, name=f"Silva {n}", weight=n % 3) for n in range(1, 40)]
    deps.index.put(crowd)
    whole = names(client, "silva")
    assert len(whole) == len(set(whole)) == 39
    first = get_json(client, "silva", limit=10)
    deps.index.put([Entity(kind="player", id=99, name="Silva", weight=9)])
    seen, cursor = [(item["kind"], item["id"]) for item in first["items"]], first["next"]
    while cursor:
        page = get_json(client, "silva", limit=10, cursor=cursor)
        seen += [(item["kind"], item["id"]) for item in page["items"]]
        cursor = page["next"]
    assert seen == whole
    answer = client.get(PATH, query_string={"q": "silvia", "cursor": first["next"]})
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == ["cursor"]


def test_other_forms_have_the_same_columns(client: FlaskClient, deps: Deps) -> None:
    service.rebuild(deps)
    answer = client.get(PATH, query_string={"q": "nordhafen"}, headers={"Accept": "text/csv"})
    header, row = answer.text.split("\r\n")[:2]
    assert header == "kind,id,name,country,position,seasons,matches,score"
    assert row.startswith(f"team,{NORDHAFEN},Nordhafen,")
    assert_problem(client.get(PATH, query_string={"q": "a"}, headers={"Accept": "image/png"}), 406, "Not acceptable")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "q"), ("q=" + "a" * 101, "q"), ("q=a&kind=referee", "kind"), ("q=a&position=X", "position"),
        ("q=a&country=%00", "country"), ("q=a&limit=0", "limit"), ("q=a&limit=501", "limit"), ("q=a&q=b", "q"),
        ("q=a&cursor=!", "cursor"), (f"q=a&cursor={paging.encode([1.0, 1, 'a', 1])}", "cursor"), ("q=a&what=b", "what"),
    ],
)  # fmt: skip
def test_a_question_that_does_not_fit_names_its_parameter(client: FlaskClient, query: str, field: str) -> None:
    assert list(assert_problem(client.get(f"{PATH}?{query}"), 400, "Invalid input")["errors"]) == [field]


def test_an_index_that_is_gone_is_503_and_the_event_comes_again(client: FlaskClient, deps: Deps) -> None:
    assert isinstance(deps.index, MemorySearch)
    deps.index.gone = True
    assert_problem(client.get(f"{PATH}?q=a"), 503, "Unavailable")
    assert_problem(deliver(client, league_updated(records="teams")), 503, "Unavailable")


def test_over_real_stores_from_the_event_to_the_answer(
    load_function: Callable[..., Flask], small_league: ClickHouse, emptied_database_url: str, olap: Olap
) -> None:
    clickhouse_url = olap.url(small_league.database)
    app = load_function("search", CLICKHOUSE_URL=clickhouse_url, DATABASE_URL=emptied_database_url)
    client = app.test_client()
    assert client.get("/health/ready").get_json() == {"status": "ready", "dependencies": ["index"]}
    for _ in range(2):
        for records in KINDS_OF_RECORDS:
            assert deliver(client, league_updated(records=records)).status_code == 202
    assert names(client, "sudstadt")[0] == ("team", SUEDSTADT)
    deliver(client, league_updated(records="leagues", league_id=OTHER_LEAGUE))
    assert names(client, "laliga") == [("league", OTHER_LEAGUE)]


def test_the_command_rebuilds_the_index_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    small_league: ClickHouse,
    emptied_database_url: str,
    olap: Olap,
) -> None:
    monkeypatch.setenv("CLICKHOUSE_URL", olap.url(small_league.database))
    monkeypatch.setenv("DATABASE_URL", emptied_database_url)
    assert cli.main(["--data", str(tmp_path), "search", "rebuild"]) == 0
    actual = int(capsys.readouterr().out.split()[0])
    database = Postgres(emptied_database_url)
    assert PostgresSearch(database).candidates(NameSearch(text="nordhafen"))
    with database.connection() as connection:
        assert connection.execute("SELECT count(*) FROM search_names").fetchall() == [(actual,)]
    database.close()


def test_where_names_are_kept_is_a_setting() -> None:
    settings = load_settings(wiring.Settings, ENV, need=wiring.NEED)
    assert type(wiring.build(settings).index).__name__ == "PostgresSearch"
    elsewhere = replace(settings, search=SearchSettings(url="https://user:password@search.example:9200/names"))
    assert type(wiring.build(elsewhere).index).__name__ == "ElasticSearch"
