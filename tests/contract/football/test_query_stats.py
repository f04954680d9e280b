"""query-stats over HTTP: the answers of its routes, every refusal and its event, on real ClickHouse and cache."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyarrow import parquet

from functions.query_stats import catalogue
from shared.adapters.clickhouse.client import ClickHouse
from shared.testing.small_league import NORDHAFEN, OTHER_LEAGUE, SUEDSTADT, meeting, store, store_all
from shared.testing.valkey_process import free_port
from shared.web import paging, tabular_schema
from tests.support.engines.olap import Olap, migrated
from tests.support.functions import league_events
from tests.support.functions.league_events import deliver, league_updated
from tests.support.functions.problems import assert_problem

LEAGUE = "/stats/leagues/england"


@pytest.fixture(scope="module")
def small_league_url(olap: Olap) -> str:
    """A database with the small league that no test changes."""
    url = migrated(olap)
    warehouse = ClickHouse(url)
    store_all(warehouse)
    warehouse.close()
    return url


@pytest.fixture
def client(load_function: Callable[..., Flask], small_league_url: str, cache_url: str) -> FlaskClient:
    """A client of the function over the small league and an empty cache."""
    return load_function("query_stats", CLICKHOUSE_URL=small_league_url, CACHE_URL=cache_url).test_client()


@pytest.fixture
def unconnected(load_function: Callable[..., Flask]) -> FlaskClient:
    """A client of the function without its stores."""
    nobody = f"127.0.0.1:{free_port()}"
    app = load_function("query_stats", CLICKHOUSE_URL=f"http://u:p@{nobody}/d", CACHE_URL=f"redis://{nobody}/0")
    return app.test_client()


def get_json(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    """Return the JSON of a 200 response that clients may cache."""
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "application/json"
    assert answer.headers["ETag"]
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    result: dict[str, Any] = json.loads(answer.data, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    return result


# --- every route's answer


def test_leagues(client: FlaskClient) -> None:
    assert [(item["league"], item["name"]) for item in get_json(client, "/stats/leagues")["items"]] == [
        ("spain", "LaLiga"), ("england", "Premier League"), ("999999", "Uncharted"),
    ]  # fmt: skip


def test_seasons(client: FlaskClient) -> None:
    items = get_json(client, f"{LEAGUE}/seasons")["items"]
    assert [(item["year"], item["matches"]) for item in items] == [("2026/27", 0), ("2025/26", 5), ("2024/25", 1)]


def test_table(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/table")
    assert (answer["name"], answer["season"], answer["venue"]) == ("Premier League", "2025/26", "all")
    assert [(row["team_id"], row["points"]) for row in answer["rows"]] == [(42, 4), (43, 3), (44, 1)]
    assert set(answer["rows"][0]) == {
        "group", "rank", "team_id", "team_name", "matches", "wins", "draws", "losses", "goals_for", "goals_against",
        "goal_difference", "points", "adjustment", "form", "source", "version", "fetched_at",
    }  # fmt: skip


def test_table_of_a_date_season_and_venue(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/table", season="2025-26", as_of="2025-08-29", venue="home")
    assert answer["as_of"] == "2025-08-30T00:00:00Z"
    assert [(row["team_id"], row["points"]) for row in answer["rows"]] == [(42, 3), (43, 0), (44, 0)]


def test_pages_of_matches_join_to_the_whole(client: FlaskClient) -> None:
    first = get_json(client, f"{LEAGUE}/matches", limit=3)
    second = get_json(client, f"{LEAGUE}/matches", limit=3, cursor=first["next"])
    assert [item["match_id"] for item in first["items"] + second["items"]] == [1, 2, 3, 4, 5]
    assert second["next"] is None


def test_matches_are_narrowed(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/matches", round=2, team=44, state="postponed")
    assert [(item["match_id"], item["replaced"], item["replaced_by"]) for item in answer["items"]] == [(2, True, 4)]


def test_teams(client: FlaskClient) -> None:
    assert [item["code"] for item in get_json(client, f"{LEAGUE}/teams", season="2024/25")["items"]] == ["NOR", "SUE"]


def test_leaders(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/leaders", metric="goals", per_90="true", min_minutes=60)
    assert [(item["rank"], item["player_id"], item["value"]) for item in answer["items"]] == [(1, 1, 2.0), (2, 2, 1.2)]
    assert [item["value"] for item in get_json(client, f"{LEAGUE}/leaders", metric="rating")["items"]] == [
        8.2,
        8.0,
        6.0,
    ]


def test_match(client: FlaskClient) -> None:
    answer = get_json(client, "/stats/matches/1")
    assert answer["home"] == {"id": NORDHAFEN, "name": "Nordhafen"}
    assert answer["score"] == {"home": 2, "away": 1}
    assert (answer["detail"]["venue"], answer["starts_at"]) == ("Hafenstadion", "2025-08-16T14:00:00Z")


@pytest.mark.parametrize(("part", "n_items"), [("statistics", 3), ("lineups", 3), ("incidents", 3), ("shots", 1)])
def test_parts_of_a_match(client: FlaskClient, part: str, n_items: int) -> None:
    assert len(get_json(client, f"/stats/matches/1/{part}")["items"]) == n_items
    assert get_json(client, f"/stats/matches/5/{part}") == {"match_id": 5, "items": []}


def test_team(client: FlaskClient) -> None:
    answer = get_json(client, f"/stats/teams/{SUEDSTADT}")
    assert (answer["name"], [season["matches"] for season in answer["seasons"]]) == ("Suedstadt", [4, 1])


def test_player(client: FlaskClient) -> None:
    answer = get_json(client, "/stats/players/1")
    assert answer["born_on"] == "1999-02-28"
    assert [season["mean_rating"] for season in answer["seasons"]] == [8.0, None]


def test_a_player_without_a_match_is_answered_as_json(client: FlaskClient) -> None:
    (season,) = get_json(client, "/stats/players/3")["seasons"]
    assert (season["mean_rating"], season["total_minutes"]) == (None, None)


# --- refusals


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("table?as_of=yesterday", "as_of"),
        ("table?as_of=2025-02-30", "as_of"),
        ("table?as_of=2025-08-30T14:00:00", "as_of"),
        ("table?venue=moon", "venue"),
        ("table?half=3", "half"),
        ("table?season=" + "9" * 13, "season"),
        ("table?season=2024/25&season=2025/26", "season"),
        ("table?sesaon=2024/25", "sesaon"),
        ("teams?limit=5", "limit"),
        ("matches?limit=0", "limit"),
        ("matches?limit=501", "limit"),
        ("matches?limit=many", "limit"),
        ("matches?round=-1", "round"),
        ("matches?team=0", "team"),
        ("matches?state=over", "state"),
        ("matches?cursor=%21", "cursor"),
        ("matches?cursor=" + paging.encode([5, "a"]), "cursor"),  # type: ignore[operator]
        ("matches?cursor=" + paging.encode(["no time", 5]), "cursor"),  # type: ignore[operator]
        ("matches?cursor=" + paging.encode(["2025-08-16T14:00:00", 5]), "cursor"),  # type: ignore[operator]
        ("matches?cursor=" + "A" * 201, "cursor"),
        ("leaders?limit=501", "limit"),
        ("leaders?metric=goals%27--", "metric"),
        ("leaders?metric=rating&per_90=true", "per_90"),
        ("leaders?per_90=perhaps", "per_90"),
        ("leaders?min_minutes=-1", "min_minutes"),
        ("leaders?min_minutes=5_0", "min_minutes"),
        ("matches?limit=%2B5", "limit"),
        ("matches?limit=1.0", "limit"),
        ("matches?limit=05", "limit"),
        ("matches?limit=%205", "limit"),
        ("matches?limit=%EF%BC%95", "limit"),
        ("matches?limit=", "limit"),
        ("matches?team=%D9%A1", "team"),
        ("leaders?per_90=1", "per_90"),
        ("corrections?since=0", "since"),
        ("table?as_of=1693404000", "as_of"),
    ],
)
def test_a_query_that_does_not_fit_names_its_parameter(client: FlaskClient, path: str, field: str) -> None:
    problem = assert_problem(client.get(f"{LEAGUE}/{path}"), 400, "Invalid input")
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize("day", ["0", "1693404000", "20250816", "2025-08-16T00:00:00", "2025-8-16", "٢٠٢٥-٠٨-١٦", ""])
@pytest.mark.parametrize(
    ("path", "field"), [("/stats/matches?date=", "date"), (f"/stats/teams/{NORDHAFEN}/stats?date_from=", "date_from")]
)
def test_a_date_is_written_as_year_month_and_day(client: FlaskClient, path: str, field: str, day: str) -> None:
    problem = assert_problem(client.get(f"{path}{day}"), 400, "Invalid input")
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/stats/leagues/atlantis/table",
        "/stats/leagues/germany/table",
        "/stats/leagues/017/table",
        f"{LEAGUE}/table?season=1888/89",
        f"{LEAGUE}/leaders?season=%00",
        "/stats/matches/6",
        "/stats/matches/6/shots",
        "/stats/matches/1/weather",
        "/stats/teams/6",
        "/stats/players/6",
        "/stats",
        "/stats/matches/one",
        "/stats/matches/-1",
        "/stats/leagues/england/weather",
        "/stats/leagues/england/table/",
        "/",
    ],
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404, "Not found")


@pytest.mark.parametrize("kind", ["matches", "teams", "players"])
def test_an_id_that_no_column_can_hold_is_404(client: FlaskClient, kind: str) -> None:
    assert_problem(client.get(f"/stats/{kind}/{2**64 + 1}"), 404, "Not found")


@pytest.mark.parametrize("path", ["/stats/leagues", f"{LEAGUE}/table", "/stats/matches/1", "/stats/matches/1/shots"])
def test_another_method_is_405_and_names_those_allowed(client: FlaskClient, path: str) -> None:
    for call in (client.post, client.put, client.patch, client.delete):
        answer = call(path)
        assert_problem(answer, 405, "Method not allowed")
        assert answer.headers["Allow"] == "GET"


# --- caches: the caller's and ours


@pytest.mark.parametrize("path", [f"{LEAGUE}/table", "/stats/matches/1", "/stats/players/1"])
def test_what_the_caller_holds_already_is_304_without_a_body(client: FlaskClient, path: str) -> None:
    etag = client.get(path).headers["ETag"]
    answer = client.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.fixture
def own(load_function: Callable[..., Flask], clickhouse_url: str, cache_url: str) -> Iterator[tuple[FlaskClient, Any]]:
    """A client, and a database that the test may change."""
    warehouse = ClickHouse(clickhouse_url)
    store_all(warehouse)
    app = load_function("query_stats", CLICKHOUSE_URL=clickhouse_url, CACHE_URL=cache_url)
    yield app.test_client(), warehouse
    warehouse.close()


def test_an_update_is_answered_once_its_event_came(own: tuple[FlaskClient, Any]) -> None:
    client, warehouse = own
    before = client.get("/stats/matches/5")
    store(warehouse, "matches", [meeting(5, SUEDSTADT, NORDHAFEN, "5:0", 9, 20, round=4, version=2)], "newer")
    deliver(client, league_updated(league_id=OTHER_LEAGUE))
    assert client.get("/stats/matches/5").data == before.data
    answer = deliver(client, league_updated())
    assert (answer.status_code, answer.data) == (202, b"")
    assert get_json(client, "/stats/matches/5")["score"] == {"home": 5, "away": 0}
    assert client.get("/stats/matches/5", headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
    assert [row["points"] for row in get_json(client, f"{LEAGUE}/table")["rows"]] == [6, 4, 1]


def test_without_the_cache_answers_go_on(load_function: Callable[..., Flask], small_league_url: str) -> None:
    silent = f"redis://127.0.0.1:{free_port()}/0"
    client = load_function("query_stats", CLICKHOUSE_URL=small_league_url, CACHE_URL=silent).test_client()
    assert len(get_json(client, f"{LEAGUE}/table")["rows"]) == 3
    assert get_json(client, "/stats/matches/1")["match_id"] == 1
    assert client.get("/health/ready").status_code == 200
    assert_problem(deliver(client, league_updated()), 503, "Unavailable")


@pytest.mark.parametrize("path", ["/stats/leagues", f"{LEAGUE}/table"])
def test_fifty_who_ask_two_processes_at_once_cost_the_queries_of_one(
    load_function: Callable[..., Flask],
    small_league_url: str,
    cache_url: str,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    env = {"CLICKHOUSE_URL": small_league_url, "CACHE_URL": cache_url}
    processes = [load_function("query_stats", **env) for _ in range(2)]
    requested: list[str] = []
    query = ClickHouse.query

    def counted(self: ClickHouse, sql: str, parameters: Any = None) -> Any:
        requested.append(sql)
        return query(self, sql, parameters)

    monkeypatch.setattr(ClickHouse, "query", counted)
    together = threading.Barrier(50)

    def ask(number: int) -> bytes:
        client = processes[number % 2].test_client()
        together.wait(20)
        body: bytes = client.get(path).data
        return body

    with ThreadPoolExecutor(50) as pool:
        (answer,) = set(pool.map(ask, range(50)))
    assert b"Premier League" in answer
    assert len(requested) == len(set(requested))
    if path == "/stats/leagues":
        assert len(requested) == 1


# --- forms


COLLECTIONS = [
    "/stats/leagues", f"{LEAGUE}/seasons", f"{LEAGUE}/table", f"{LEAGUE}/teams", f"{LEAGUE}/matches",
    f"{LEAGUE}/leaders", *(f"/stats/matches/1/{part}" for part in ("statistics", "lineups", "incidents", "shots")),
]  # fmt: skip


@pytest.mark.parametrize("path", COLLECTIONS)
def test_every_form_of_a_collection_has_the_columns_and_rows_of_json(client: FlaskClient, path: str) -> None:
    answer = get_json(client, path)
    rows = answer["rows" if "rows" in answer else "items"]
    for _ in range(2):  # made, and remembered
        header, *lines = csv.reader(io.StringIO(client.get(path, headers={"Accept": "text/csv"}).text))
        stream = client.get(path, headers={"Accept": "application/vnd.apache.arrow.stream"}).data
        file = client.get(path, headers={"Accept": "application/vnd.apache.parquet"}).data
        actual, stored = pa.ipc.open_stream(stream).read_all(), parquet.read_table(pa.BufferReader(file))
        assert header == actual.column_names == stored.column_names == list(flat(rows[0]))
        assert len(lines) == actual.num_rows == stored.num_rows == len(rows) > 0
        assert actual.equals(stored)
    for row, seen in zip(rows, actual.to_pylist(), strict=True):
        numbers = {name: value for name, value in flat(row).items() if isinstance(value, int | float)}
        assert {name: seen[name] for name in numbers} == numbers


def flat(row: dict[str, Any], above: str = "") -> dict[str, Any]:
    """A row with the fields of its objects as fields of its own, except of objects whose fields are data."""
    result: dict[str, Any] = {}
    for name, value in row.items():
        inner = isinstance(value, dict) and name not in ("statistics", "totals")
        result |= flat(value, f"{above}{name}_") if inner else {f"{above}{name}": value}
    return result


def test_an_update_is_told_in_every_form(own: tuple[FlaskClient, Any]) -> None:
    client, warehouse = own
    csv_of = {"Accept": "text/csv"}
    before = client.get(f"{LEAGUE}/matches", headers=csv_of)
    store(warehouse, "matches", [meeting(5, SUEDSTADT, NORDHAFEN, "5:0", 9, 20, round=4, version=2)], "newer")
    deliver(client, league_updated())
    after = client.get(f"{LEAGUE}/matches", headers={**csv_of, "If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data


@pytest.mark.parametrize(("path", "accept"), [("/stats/matches/1", "text/csv"), (f"{LEAGUE}/table", "image/png")])
def test_a_form_that_there_is_not_is_406(client: FlaskClient, path: str, accept: str) -> None:
    assert_problem(client.get(path, headers={"Accept": accept}), 406, "Not acceptable")


def test_the_columns_of_every_collection_are_told_apart() -> None:
    for resource in catalogue.RESOURCES:
        if listed := tabular_schema.collection(resource.model()):
            assert tabular_schema.columns(listed[1])


def test_a_cursor_continues_no_other_question(client: FlaskClient) -> None:
    cursor = get_json(client, f"{LEAGUE}/matches", limit=1)["next"]
    assert len(get_json(client, f"{LEAGUE}/matches", limit=500, cursor=cursor)["items"]) == 4
    for other in ({"state": "finished"}, {"season": "2024/25"}):
        answer = client.get(f"{LEAGUE}/matches", query_string={**other, "cursor": cursor})
        assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == ["cursor"]


def test_pages_stand_still_while_matches_are_added(own: tuple[FlaskClient, Any]) -> None:
    client, warehouse = own
    first = get_json(client, f"{LEAGUE}/matches", limit=2)
    earlier = meeting(900, SUEDSTADT, NORDHAFEN, "", 8, 1, round=30)
    store(warehouse, "matches", [earlier], "earlier")
    deliver(client, league_updated())
    rest = get_json(client, f"{LEAGUE}/matches", cursor=first["next"])
    assert [item["match_id"] for item in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]


# --- its event, its health


def test_an_update_is_acknowledged_with_an_empty_202(client: FlaskClient) -> None:
    for _ in range(2):
        answer = deliver(client, league_updated())
        assert (answer.status_code, answer.data) == (202, b"")


def test_only_the_right_events_are_taken(client: FlaskClient) -> None:
    league_events.assert_only_the_right_events_are_taken(client)


def test_it_is_ready_when_clickhouse_answers(client: FlaskClient) -> None:
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").get_json() == {"status": "ready", "dependencies": ["clickhouse"]}


def test_it_lives_without_its_dependencies_but_is_not_ready(unconnected: FlaskClient) -> None:
    assert unconnected.get("/health/live").status_code == 200
    assert list(assert_problem(unconnected.get("/health/ready"), 503, "Unavailable")["errors"]) == ["clickhouse"]
    assert_problem(unconnected.get(f"{LEAGUE}/table"), 503, "Unavailable")
