"""The edge of site, loaded as functions-framework does, while no other function answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.functions.catalogue import ENV
from tests.support.functions.problems import assert_problem

HTML = {"Accept": "text/html"}


@pytest.fixture
def client(load_function: Callable[..., Flask]) -> FlaskClient:
    return load_function("site", **ENV).test_client()


def test_it_is_ready_while_no_other_function_answers(client: FlaskClient) -> None:
    assert client.get("/health/ready").status_code == 200


def test_a_page_whose_parts_cannot_be_had_says_so_and_is_kept_by_nobody(client: FlaskClient) -> None:
    response = client.get("/matches/2026-11-30", headers=HTML)
    assert response.status_code == 200
    assert "cannot be had at the moment" in response.text
    assert response.headers["Cache-Control"] == "no-cache"
    assert "ETag" not in response.headers


def test_a_page_about_something_that_cannot_be_had_is_503(client: FlaskClient) -> None:
    response = client.get("/england", headers=HTML)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


def test_the_policy_allows_nothing_but_files_of_the_site(client: FlaskClient) -> None:
    response = client.get("/", headers=HTML)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert "onclick" not in response.text


def test_people_get_a_page_and_programs_a_problem_where_nothing_is(client: FlaskClient) -> None:
    page = client.get("/no/such/page", headers=HTML)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert_problem(client.get("/no/such/page"), 404, "Not found")
    assert_problem(client.delete("/england"), 405, "Method not allowed")


def test_files_have_their_digest_in_the_address_and_are_kept_for_a_year(client: FlaskClient) -> None:
    sheet = client.get("/", headers=HTML).text.partition('stylesheet" href="')[2].partition('"')[0]
    response = client.get(sheet)
    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert_problem(client.get("/static/00000000-site.css"), 404, "Not found")
    assert_problem(client.get("/static/site.css"), 404, "Not found")


def test_a_reader_of_another_language_is_led_there_once(client: FlaskClient) -> None:
    arriving = client.get("/", headers={**HTML, "Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"})
    assert (arriving.status_code, arriving.headers["Location"]) == (302, "/ru")
    inside = client.get("/", headers={**HTML, "Accept-Language": "ru", "Sec-Fetch-Site": "same-origin"})
    assert inside.status_code == 200
    assert 'lang="ru"' in client.get("/ru", headers=HTML).text
