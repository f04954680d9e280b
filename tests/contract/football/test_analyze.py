"""analyze over HTTP: its event makes the forecasts that its routes return, on real ClickHouse and Postgres."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from functions.analyze import ports
from functions.analyze.storage.analyses import PostgresAnalyses
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.domain.football.records import MatchDetail
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.testing.batches import SEASON
from shared.testing.round_robin import N_PLAYED, round_robin
from shared.testing.small_league import RECORDS, appearance, incident, season, store
from shared.testing.valkey_process import free_port
from shared.web import paging
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.postgres import Server
from tests.support.functions import league_events
from tests.support.functions.league_events import deliver, league_updated
from tests.support.functions.problems import assert_problem

LEAGUE = "/analyze/leagues/england"
CARDED = [match for match in round_robin() if match.away_id == match.home_id + 1][:8]
"""Matches whose incidents, referee and line-ups are stored."""


@pytest.fixture(scope="module")
def round_robin_url(olap: Olap) -> str:
    """A database with a round robin that no test changes."""
    url = migrated(olap)
    warehouse = ClickHouse(url)
    store(warehouse, "seasons", [season(SEASON, "2025/26")], "seasons")
    store(warehouse, "matches", round_robin(), "matches")
    cautions = [
        incident(match.match_id, n, kind="card", detail="yellow") for match in CARDED for n in range(match.home_id)
    ]
    store(warehouse, "incidents", cautions, "incidents")
    store(warehouse, "match_details", [led_by(match.match_id) for match in CARDED], "match_details")
    line_ups = [
        appearance(match.match_id, match.home_id, match.home_id, 90, statistics={"goals": match.home_id**2 / 10})
        for match in CARDED
    ]
    store(warehouse, "appearances", line_ups, "appearances")
    warehouse.close()
    return url


def led_by(match_id: int) -> MatchDetail:
    """The match and its referee."""
    (known,) = RECORDS["match_details"]
    assert isinstance(known, MatchDetail)
    return replace(known, match_id=match_id)


@pytest.fixture(scope="module")
def fits_url(postgres_server: Server) -> str:
    """A migrated database; whoever delivers the league's event finds it fitted."""
    import psycopg

    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE fits TEMPLATE template")
    return postgres_server.url("fits")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is marked is due at once."""
    monkeypatch.setattr(ports, "DEBOUNCE_S", 0.0)


@pytest.fixture
def client(load_function: Callable[..., Flask], round_robin_url: str, fits_url: str) -> FlaskClient:
    """A client of the function; the league is fitted."""
    result = load_function("analyze", CLICKHOUSE_URL=round_robin_url, DATABASE_URL=fits_url).test_client()
    if result.get(f"{LEAGUE}/ratings").status_code == 404:
        assert deliver(result, league_updated()).status_code == 202
    return result


@pytest.fixture
def unconnected(load_function: Callable[..., Flask]) -> FlaskClient:
    """A client of the function without its stores."""
    nobody = f"127.0.0.1:{free_port()}"
    app = load_function("analyze", CLICKHOUSE_URL=f"http://u:p@{nobody}/d", DATABASE_URL=f"postgresql://u@{nobody}/d")
    return app.test_client()


def get_json(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    """Return the JSON of a 200 response."""
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "application/json"
    result: dict[str, Any] = json.loads(answer.data, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    return result


# --- every route's answer


def test_leagues_tell_what_they_were_fitted_on(client: FlaskClient) -> None:
    (item,) = get_json(client, "/analyze/leagues")["items"]
    assert (item["league"], item["season"], item["n_matches"], item["next_round"]) == (
        "england",
        "2025/26",
        N_PLAYED,
        18,
    )
    assert item["fitted_at"].endswith("Z")


def test_ratings_come_best_first(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/ratings")
    elos = [row["elo"] for row in answer["ratings"]]
    assert elos == sorted(elos, reverse=True)
    assert {row["team"] for row in answer["ratings"]} == {f"T{n}" for n in range(1, 11)}
    assert sum(row["n_matches"] for row in answer["ratings"]) == 2 * N_PLAYED
    assert answer["model"]["dixon_coles"]["converged"] is True


def test_forecasts_of_the_season_the_next_round_and_one_round(client: FlaskClient) -> None:
    whole = get_json(client, f"{LEAGUE}/forecasts")
    assert [item["match_id"] for item in whole["items"]] == [86, 87, 88, 89, 90]
    assert (whole["round"], whole["next"]) == (None, None)
    assert get_json(client, f"{LEAGUE}/forecasts", round="next") == {**whole, "round": 18}
    assert get_json(client, f"{LEAGUE}/forecasts", round=18) == {**whole, "round": 18}
    assert get_json(client, f"{LEAGUE}/forecasts", round=3)["items"] == []


def test_score_matrices_are_whole_and_agree_with_the_forecasts(client: FlaskClient) -> None:
    forecasts = get_json(client, f"{LEAGUE}/forecasts")["items"]
    matrices = get_json(client, f"{LEAGUE}/score-matrices")
    assert [item["match_id"] for item in matrices["items"]] == [item["match_id"] for item in forecasts]
    for forecast, matrix in zip(forecasts, matrices["items"], strict=True):
        scores = matrix["scores"]
        assert sum(map(sum, scores)) == pytest.approx(1.0, abs=1e-6)
        p_home = sum(p for home, row in enumerate(scores) for away, p in enumerate(row) if home > away)
        assert p_home == pytest.approx(forecast["probabilities"]["home"], abs=1e-4)
        assert (matrix["made_at"], matrix["home"]) == (forecast["made_at"], forecast["home"])
        assert matrix["made_at"] == matrices["fitted_at"]
    pages = [get_json(client, f"{LEAGUE}/score-matrices", limit=3)]
    pages.append(get_json(client, f"{LEAGUE}/score-matrices", limit=3, cursor=pages[0]["next"]))
    assert [item for page in pages for item in page["items"]] == matrices["items"]


def test_pages_of_forecasts_join_to_the_whole(client: FlaskClient) -> None:
    first = get_json(client, f"{LEAGUE}/forecasts", limit=3)
    second = get_json(client, f"{LEAGUE}/forecasts", limit=3, cursor=first["next"])
    assert [item["match_id"] for item in first["items"] + second["items"]] == [86, 87, 88, 89, 90]
    assert second["next"] is None


def test_forecast_of_a_match(client: FlaskClient) -> None:
    answer = get_json(client, "/analyze/matches/90")
    assert (answer["league"], answer["home"], answer["away"]) == (
        "england", {"id": 10, "name": "T10"}, {"id": 9, "name": "T9"},
    )  # fmt: skip
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=2e-4)
    assert answer == get_json(client, f"{LEAGUE}/forecasts")["items"][-1]


def test_pairing_of_any_two_teams(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/pairing", home=10, away=9)
    assert answer["probabilities"] == get_json(client, "/analyze/matches/90")["probabilities"]
    assert get_json(client, f"{LEAGUE}/pairing", home=9, away=10)["home"] == {"id": 9, "name": "T9"}


@pytest.mark.parametrize("kind", ["elo", "pi", "massey", "colley", "goals", "attack"])
def test_every_kind_of_rating_puts_its_best_first(client: FlaskClient, kind: str) -> None:
    answer = get_json(client, f"{LEAGUE}/ratings", kind=kind)
    values = [row[kind] for row in answer["ratings"]]
    assert answer["kind"] == kind
    assert values == sorted(values, reverse=True)
    assert len(set(values)) > 5


@pytest.mark.parametrize("kind", ["elo", "pi", "goals"])
def test_rating_history_ends_with_the_ratings(client: FlaskClient, kind: str) -> None:
    answer = get_json(client, f"{LEAGUE}/ratings/history", kind=kind, season="2025-26")
    now = {row["team_id"]: row[kind] for row in get_json(client, f"{LEAGUE}/ratings", kind=kind)["ratings"]}
    assert {row["team_id"]: row["ratings"][-1] for row in answer["teams"]} == pytest.approx(now, abs=0.06)
    assert (answer["season"], answer["days"][0], answer["days"][-1]) == ("2025/26", "2025-08-10", "2025-11-09")
    ends = [row["ratings"][-1] for row in answer["teams"]]
    assert ends == sorted(ends, reverse=True)
    assert answer == get_json(client, f"{LEAGUE}/ratings/history", kind=kind)


def test_rating_history_of_a_day_ends_before_it(client: FlaskClient) -> None:
    then = get_json(client, f"{LEAGUE}/ratings/history", as_of="2025-10-06")
    assert (then["as_of"], then["n_matches"], then["days"][-1]) == ("2025-10-06", 50, "2025-10-05")
    now = get_json(client, f"{LEAGUE}/ratings/history")
    shared = {row["team_id"]: row["ratings"][: len(then["days"])] for row in now["teams"]}
    assert {row["team_id"]: row["ratings"] for row in then["teams"]} == shared


def test_what_is_stored_tells_its_version_and_its_inputs(client: FlaskClient) -> None:
    ratings, match = get_json(client, f"{LEAGUE}/ratings"), get_json(client, "/analyze/matches/90")
    for answer in (match, get_json(client, f"{LEAGUE}/forecasts"), get_json(client, f"{LEAGUE}/outlook")):
        assert (answer["version"], answer["inputs"]) == (ratings["version"], ratings["inputs"])
    assert ratings["inputs"]["n_matches"] == N_PLAYED
    assert ratings["inputs"]["newest_match_at"].startswith("2025-11-09T14:00")
    assert len(ratings["inputs"]["digest"]) == 32
    then = get_json(client, f"{LEAGUE}/forecasts", as_of="2025-10-06")
    assert (then["inputs"]["n_matches"], then["items"][0]["inputs"]) == (50, then["inputs"])


def test_as_of_a_day_only_results_before_it_count(client: FlaskClient) -> None:
    """Matches are one a day from 17 August: on 6 October fifty have been played and the 51st is coming."""
    then = get_json(client, f"{LEAGUE}/forecasts", as_of="2025-10-06", limit=500)
    assert (then["as_of"], then["n_matches"], then["newest_match_at"]) == ("2025-10-06", 50, "2025-10-05T14:00:00Z")
    assert [item["match_id"] for item in then["items"]] == list(range(51, 91))
    assert {item["made_at"] for item in then["items"]} == {"2025-10-06T00:00:00Z"}
    assert get_json(client, f"{LEAGUE}/forecasts", as_of="2025-10-06", round="next")["round"] == 11
    page = get_json(client, f"{LEAGUE}/forecasts", as_of="2025-10-06", limit=3)
    rest = get_json(client, f"{LEAGUE}/forecasts", as_of="2025-10-06", limit=500, cursor=page["next"])
    assert page["items"] + rest["items"] == then["items"]
    assert get_json(client, f"{LEAGUE}/ratings", as_of="2025-10-06")["n_matches"] == 50
    first = then["items"][0]
    pair = get_json(client, f"{LEAGUE}/pairing", as_of="2025-10-06", home=first["home"]["id"], away=first["away"]["id"])
    assert pair["probabilities"] == first["probabilities"]


def test_before_the_first_result_there_is_nothing_to_say(client: FlaskClient) -> None:
    then = get_json(client, f"{LEAGUE}/forecasts", as_of="2025-08-01")
    assert (then["n_matches"], then["items"], then["cautions"]) == (0, [], ["no final score is stored yet"])
    missing = client.get(f"{LEAGUE}/pairing", query_string={"as_of": "2025-08-01", "home": 1, "away": 2})
    assert_problem(missing, 404, "Not found")


def test_a_pairing_by_the_replaced_formula(client: FlaskClient) -> None:
    ours, baseline = (
        get_json(client, f"{LEAGUE}/pairing", home=10, away=9, **model)
        for model in ({}, {"model": "poisson_recent_matches_v1"})
    )
    assert baseline["method"] == "poisson_recent_matches_v1"
    assert sum(baseline["probabilities"].values()) == pytest.approx(1, abs=2e-4)
    assert baseline["probabilities"] != ours["probabilities"]


# --- views of the season


def test_outlook_gives_every_team_one_place(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/outlook")
    assert (answer["league"], answer["as_of"], answer["n_played"], answer["n_to_play"]) == (
        "england", None, N_PLAYED, 90 - N_PLAYED,
    )  # fmt: skip
    teams = answer["teams"]
    assert sum(row["p_champion"] for row in teams) == pytest.approx(1, abs=1e-3)
    assert sum(row["p_relegated"] for row in teams) == pytest.approx(3, abs=1e-3)
    for row in teams:
        assert sum(row["p_place"]) == pytest.approx(1, abs=1e-3)
        assert row["points"] <= row["points_5"] <= row["mean_points"] <= row["points_95"]


def test_outlook_of_a_day_knows_the_results_before_it_alone(client: FlaskClient) -> None:
    then = get_json(client, f"{LEAGUE}/outlook", as_of="2025-10-06")
    assert (then["as_of"], then["made_at"], then["n_played"], then["n_to_play"]) == (
        "2025-10-06", "2025-10-06T00:00:00Z", 50, 40,
    )  # fmt: skip
    assert max(row["p_champion"] for row in then["teams"]) < 1
    assert get_json(client, f"{LEAGUE}/outlook", as_of="2025-08-01")["teams"] == []


def test_schedules_played_and_remaining_are_the_whole_season(client: FlaskClient) -> None:
    for row in get_json(client, f"{LEAGUE}/schedule")["teams"]:
        assert row["played"]["n_matches"] + row["remaining"]["n_matches"] == 18


def test_form_and_expected_points_agree_with_the_results(client: FlaskClient) -> None:
    table = {row["team_id"]: row for row in get_json(client, f"{LEAGUE}/expected-points")["teams"]}
    won = {3: "W", 1: "D", 0: "L"}
    for row in get_json(client, f"{LEAGUE}/form")["teams"]:
        assert len(row["last_5"]["results"]) == 5
        assert row["last_10"]["results"].endswith(row["last_5"]["results"])
        points = sum({letter: n for n, letter in won.items()}[letter] for letter in row["last_10"]["results"])
        assert row["last_10"]["points_per_match"] == pytest.approx(points / 10)
        assert table[row["team_id"]]["from_forecasts"]["n_matches"] == table[row["team_id"]]["n_matches"]
    assert sum(row["from_forecasts"]["n_matches"] for row in table.values()) == 2 * N_PLAYED


def test_discipline_counts_the_cards_that_are_stored(client: FlaskClient) -> None:
    """Team n has n cautions in its home match against team n + 1, all led by one referee."""
    answer = get_json(client, f"{LEAGUE}/discipline")
    assert answer["n_matches_counted"] == len(CARDED)
    yellow = {row["team_id"]: row["yellow"] for row in answer["teams"]}
    assert {team: yellow[team] for team in range(1, 9)} == {team: team for team in range(1, 9)}
    (referee,) = answer["referees"]
    assert (referee["referee"], referee["n_matches"], referee["cards_per_match"]["raw"]) == ("A. Pfiff", 8, 4.5)
    assert get_json(client, f"{LEAGUE}/discipline", as_of="2025-08-20")["n_matches_counted"] == 1


def test_players_like_one_of_the_season(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/similar-players", player=1, k=3, min_minutes=90)
    assert (answer["player"]["player"], answer["n_peers"], len(answer["items"])) == ("Player 1", 8, 3)
    assert answer["items"][0]["player_id"] == 2
    assert answer["items"][0]["similarity"] <= 1
    then = client.get(f"{LEAGUE}/similar-players", query_string={"player": 1, "min_minutes": 90, "as_of": "2025-08-20"})
    assert_problem(then, 400, "Invalid input")
    assert len(get_json(client, f"{LEAGUE}/players")["players"]) == 8


def test_track_record_waits_for_a_decided_forecast(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/track-record")
    assert (answer["n_forecasts"], answer["cautions"]) == (0, ["no forecast has been decided yet"])


def test_market_stands_beside_the_forecast(client: FlaskClient) -> None:
    answer = get_json(client, f"{LEAGUE}/market", home=10, away=9, odds="1.8,3.6,4.5")
    assert answer["probabilities"] == get_json(client, "/analyze/matches/90")["probabilities"]
    assert answer["margin"] == pytest.approx(1 / 1.8 + 1 / 3.6 + 1 / 4.5 - 1, abs=1e-4)
    assert set(answer["market"]) == {"proportional", "power", "shin"}
    for p in answer["market"].values():
        assert sum(p.values()) == pytest.approx(1, abs=2e-4)
    assert answer["value"]["home"] == pytest.approx(1.8 * answer["probabilities"]["home"], abs=1e-4)


# --- refusals


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("forecasts?limit=0", "limit"),
        ("forecasts?limit=501", "limit"),
        ("forecasts?round=last", "round"),
        ("forecasts?round=-1", "round"),
        ("forecasts?round=123456789", "round"),
        ("forecasts?round=1&round=2", "round"),
        ("forecasts?season=2024", "season"),
        ("forecasts?cursor=%21", "cursor"),
        ("forecasts?cursor=" + paging.encode([5]), "cursor"),  # type: ignore[operator]
        ("forecasts?cursor=" + paging.encode(["no time", 5]), "cursor"),  # type: ignore[operator]
        ("forecasts?cursor=" + paging.encode(["2025-08-16T14:00:00", 5]), "cursor"),  # type: ignore[operator]
        ("forecasts?as_of=yesterday", "as_of"),
        ("ratings?kind=luck", "kind"),
        ("ratings/history?kind=massey", "kind"),
        ("ratings/history?season=of-the-snowy-winter", "season"),
        ("ratings?as_of=2025-02-30", "as_of"),
        ("pairing?home=1&away=2&model=mine", "model"),
        ("outlook?as_of=soon", "as_of"),
        ("form?n=5", "n"),
        ("similar-players?player=1&k=31", "k"),
        ("similar-players?k=3", "player"),
        ("similar-players?player=1&min_minutes=4000", "min_minutes"),
        ("market?home=1&away=2&odds=2,3", "odds"),
        ("market?home=1&away=2&odds=2,3,much", "odds"),
        ("market?home=1&away=2&odds=2,3,1", "odds"),
        ("pairing?home=1&away=0", "away"),
        ("pairing?home=1&away=1", "away"),
        ("pairing?home=1", "away"),
        ("pairing?home=one&away=2", "home"),
    ],
)
def test_a_query_that_does_not_fit_names_its_parameter(client: FlaskClient, path: str, field: str) -> None:
    problem = assert_problem(client.get(f"{LEAGUE}/{path}"), 400, "Invalid input")
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/analyze/leagues/atlantis/ratings",
        "/analyze/leagues/spain/ratings",
        "/analyze/leagues/spain/forecasts",
        "/analyze/leagues/spain/ratings/history",
        f"{LEAGUE}/ratings/history?season=1999",
        f"{LEAGUE}/ratings/history?season=1999&as_of=2025-10-06",
        "/analyze/leagues/spain/outlook",
        "/analyze/leagues/atlantis/form",
        f"{LEAGUE}/destiny",
        "/analyze/leagues/spain/pairing?home=1&away=2",
        f"{LEAGUE}/pairing?home=1&away=77",
        f"{LEAGUE}/similar-players?player=77",
        f"{LEAGUE}/similar-players?player=1&as_of=1999-01-01",
        "/analyze/leagues/spain/similar-players?player=1",
        "/analyze/matches/1",
        f"/analyze/matches/{2**64 + 90}",
        "/analyze/matches/one",
        "/analyze",
        "/",
    ],
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404, "Not found")


@pytest.mark.parametrize("path", ["/analyze/leagues", f"{LEAGUE}/ratings", "/analyze/matches/90"])
def test_another_method_is_405_and_names_those_allowed(client: FlaskClient, path: str) -> None:
    for call in (client.post, client.put, client.patch, client.delete):
        answer = call(path)
        assert_problem(answer, 405, "Method not allowed")
        assert answer.headers["Allow"] == "GET"


# --- its event, its health


def test_an_update_is_acknowledged_with_an_empty_202_and_fitted_again(client: FlaskClient) -> None:
    before = get_json(client, f"{LEAGUE}/ratings")
    for _ in range(2):
        answer = deliver(client, league_updated())
        assert (answer.status_code, answer.data) == (202, b"")
    after = get_json(client, f"{LEAGUE}/ratings")
    assert after["fitted_at"] > before["fitted_at"]
    assert {**after, "fitted_at": ""} == {**before, "fitted_at": ""}


def test_an_update_of_a_league_without_matches_is_taken_and_analyses_nothing(client: FlaskClient) -> None:
    assert deliver(client, league_updated(league_id=8)).status_code == 202
    assert [item["league"] for item in get_json(client, "/analyze/leagues")["items"]] == ["england"]


def test_every_minute_it_fits_what_is_still_marked(client: FlaskClient, fits_url: str) -> None:
    before = get_json(client, f"{LEAGUE}/ratings")
    database = Postgres(fits_url)
    PostgresAnalyses(database, debounce_s=0.0).mark(17, SEASON, datetime(2026, 3, 1, tzinfo=UTC))
    database.close()
    for _ in range(2):
        answer = tick(client, b'{"task": "fit"}')
        assert (answer.status_code, answer.data) == (202, b"")
    assert get_json(client, f"{LEAGUE}/ratings")["fitted_at"] > before["fitted_at"]


def tick(client: FlaskClient, data: bytes) -> Any:
    """Deliver an event as the PingSource does."""
    event = Event(
        id="1", source="/ticks", type="dev.knative.sources.ping", time=datetime(2026, 3, 1, tzinfo=UTC), data=data,
        content_type="application/json",
    )  # fmt: skip
    headers, body = cloudevents.to_http(event)
    return client.post("/events/tick", data=body, headers=headers)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"task": "results"}', b'{"task": 1}', b"{"])
def test_a_tick_names_the_task(client: FlaskClient, data: bytes) -> None:
    assert_problem(tick(client, data), 400, "Invalid input")


def test_only_the_right_events_are_taken(client: FlaskClient) -> None:
    league_events.assert_only_the_right_events_are_taken(client)


def test_it_is_ready_when_both_its_stores_answer(client: FlaskClient) -> None:
    ready = client.get("/health/ready").get_json()
    assert ready == {"status": "ready", "dependencies": ["postgres", "clickhouse"]}


def test_it_lives_without_its_stores_but_is_not_ready(unconnected: FlaskClient) -> None:
    assert unconnected.get("/health/live").status_code == 200
    problem = assert_problem(unconnected.get("/health/ready"), 503, "Unavailable")
    assert list(problem["errors"]) == ["postgres", "clickhouse"]
    assert deliver(unconnected, league_updated()).status_code in (429, 503)  # both are delivered again
