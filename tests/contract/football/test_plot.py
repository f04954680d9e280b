"""plot over HTTP: every route in each format, on a real ClickHouse, Postgres and cache."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.small_league import SUEDSTADT, appearance, store, store_all
from tests.support.engines.olap import Olap, migrated
from tests.support.football.pictures import FORECAST, HISTORY, OUTLOOK
from tests.support.functions.problems import assert_problem

FORWARDS = (11, 12, 13)
PATHS = (
    "/plots/matches/1/shots",
    "/plots/matches/1/xg-race",
    "/plots/matches/5/score-matrix",
    "/plots/leagues/england/positions",
    "/plots/leagues/england/ranks",
    "/plots/leagues/england/ratings?season=2025-26",
    "/plots/leagues/england/form?n=3",
    "/plots/players/11/radar?min_minutes=90",
)


@pytest.fixture(scope="module")
def small_league_url(olap: Olap) -> str:
    """The small league and three forwards who can be compared."""
    url = migrated(olap)
    warehouse = ClickHouse(url)
    store_all(warehouse)
    counts = dict.fromkeys(("totalShots", "keyPass"), 1.0)
    forwards = [appearance(4, each, SUEDSTADT, 90, statistics={**counts, "goals": float(each)}) for each in FORWARDS]
    store(warehouse, "appearances", forwards, token="forwards")
    warehouse.close()
    return url


@pytest.fixture
def client(
    load_function: Callable[..., Flask], small_league_url: str, database_url: str, cache_url: str
) -> FlaskClient:
    """A caller over the small league, one forecast and one simulated season."""
    from psycopg.types.json import Json

    database = Postgres(database_url)
    with database.connection() as connection:
        connection.execute(
            b"INSERT INTO league_fits (league_id, season, name) VALUES (%s, '2025/26', 'Premier League')", (LEAGUE,)
        )
        connection.execute(
            b"INSERT INTO forecasts VALUES (5, %s, %s, 4, now(), now(), %s)", (LEAGUE, SEASON, Json(FORECAST))
        )
        connection.execute(b"INSERT INTO league_views VALUES (%s, 'outlook', now(), %s)", (LEAGUE, Json(OUTLOOK)))
        connection.execute(
            b"INSERT INTO rating_history VALUES (%s, %s, 2025, '2025/26', %s)", (LEAGUE, SEASON, Json(HISTORY))
        )
    database.close()
    app = load_function("plot", CLICKHOUSE_URL=small_league_url, DATABASE_URL=database_url, CACHE_URL=cache_url)
    return app.test_client()


def get(client: FlaskClient, path: str, form: str, **headers: str) -> Any:
    return client.get(f"{path}{'&' if '?' in path else '?'}format={form}", headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_each_picture_in_each_form(client: FlaskClient, path: str) -> None:
    actual = json.loads(get(client, path, "json").data)
    image = get(client, path, "svg")
    assert image.content_type == "image/svg+xml; charset=utf-8", image.text
    assert ElementTree.fromstring(image.data).findtext("{http://www.w3.org/2000/svg}desc") == actual["text"]
    table = list(csv.DictReader(io.StringIO(get(client, path, "csv").text)))
    assert len(table) == len(actual["items"]) > 0
    assert list(table[0]) == list(actual["items"][0])


def test_a_png_in_the_dark(client: FlaskClient) -> None:
    answer = client.get(f"{PATHS[0]}?format=png&theme=dark")
    assert answer.content_type == "image/png"
    assert answer.data.startswith(b"\x89PNG")


def test_who_has_the_picture_is_told_so_before_it_is_drawn(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = get(client, PATHS[0], "svg").headers["ETag"]
    monkeypatch.setattr("functions.plot.drawing.renderer.render", lambda *_: pytest.fail("drawn again"))
    assert get(client, PATHS[0], "svg", **{"If-None-Match": etag}).status_code == 304
    assert get(client, PATHS[0], "svg").status_code == 200, "the cache has it"
    assert client.get(f"{PATHS[0]}?format=csv").headers["ETag"] != etag


def test_an_image_links_to_its_words(client: FlaskClient) -> None:
    link = client.get("/plots/leagues/england/form?n=3&theme=dark").headers["Link"]
    assert link == '</plots/leagues/england/form?n=3&format=json>; rel="alternate"; type="application/json"'


@pytest.mark.parametrize(
    "path",
    [
        "/plots/matches/999/shots", "/plots/matches/5/shots", "/plots/matches/1/score-matrix",
        "/plots/leagues/nowhere/form", "/plots/leagues/england/positions?season=1999",
        "/plots/leagues/england/ratings?season=1999", "/plots/leagues/spain/ranks",
        "/plots/players/999/radar", "/plots/players/11/radar?season=1",
    ],
)  # fmt: skip
def test_what_is_not_stored_has_no_picture(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404, "Not found")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("image/png", "image/png"), ("image/svg+xml", "image/svg+xml"), ("application/json", "application/json"),
        ("text/csv", "text/csv"), ("image/*", "image/svg+xml"), ("*/*", "image/svg+xml"),
        ("image/png;q=0.5, text/csv", "text/csv"), ("image/avif,image/webp,image/png,*/*;q=0.8", "image/png"),
    ],
)  # fmt: skip
def test_a_picture_comes_in_the_form_the_caller_accepts(client: FlaskClient, accept: str, form: str) -> None:
    answer = client.get(PATHS[0], headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, form)
    assert "Accept" in answer.headers["Vary"]
    assert client.get(f"{PATHS[0]}?format=csv", headers={"Accept": accept}).mimetype == "text/csv"


def test_a_picture_that_there_is_not_is_406(client: FlaskClient) -> None:
    assert_problem(client.get(PATHS[0], headers={"Accept": "image/gif"}), 406, "Not acceptable")


@pytest.mark.parametrize("query", ["format=gif", "theme=blue", "colour=red", "format=svg&format=png"])
def test_what_cannot_be_asked_is_refused(client: FlaskClient, query: str) -> None:
    assert_problem(client.get(f"{PATHS[0]}?{query}"), 400, "Invalid input")
