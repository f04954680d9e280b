"""lines through its real edge: what people read, what operators do, and the line provider's first API."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from functions.make_lines.core import ClosingOdds
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.security.tokens import Caller, Tokens
from tests.support.betting.lines import Lines
from tests.support.functions.problems import assert_problem

KEYS = (("k1", "one" * 12),)
PROVIDER_TOKEN = "provider" * 5
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
"""The function's clock is the system's, so matches are planned from now on."""


class Api:
    """The function, and lines made behind it."""

    def __init__(self, app: Flask, lines: Lines) -> None:
        self.client, self.lines = app.test_client(), lines
        self.tokens = Tokens(KEYS, SystemClock())

    def ask(self, method: str, path: str, *roles: str, provider: bool = False, **sent: Any) -> Any:
        """An answer; to an operator with the role, to a service with the provider's token."""
        caller = Caller(user_id=str(uuid.UUID(int=7)), username="ada", roles=roles)
        token = PROVIDER_TOKEN if provider else self.tokens.sign(caller) if roles else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.open(path, method=method, headers=headers, **sent)

    def get(self, path: str) -> Any:
        """The JSON of a 200 answer, which says that the money is simulated."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Simulated-Money"] == "true"
        return json.loads(answer.data)

    def make(self, name: str = "Cup final", odds: int = 250, starts_at: datetime = SOON) -> int:
        """An operator's event."""
        body = {"name": name, "odds_hundredths": odds, "starts_at": starts_at.isoformat()}
        answer = self.ask("POST", "/lines", "operator", json=body)
        assert answer.status_code == 201, answer.text
        event_id: int = answer.json["event_id"]
        return event_id


@pytest.fixture
def api(emptied_database_url: str, load_function: Callable[..., Flask]) -> Iterator[Api]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    lines = Lines(database)
    now = datetime.now(UTC).replace(microsecond=0)
    lines.at(now)
    lines.football.refit(now)
    environment = {
        "DATABASE_URL": emptied_database_url,
        "TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in KEYS),
        "LINE_PROVIDER_TOKEN": PROVIDER_TOKEN,
    }
    yield Api(load_function("lines", **environment), lines)
    database.close()


# --- reading


def test_open_events_are_shown_with_their_markets_by_start(api: Api) -> None:
    api.lines.football.plan(2, SOON + timedelta(hours=3))
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    page = api.get("/lines")
    assert page["simulated_money"] is True
    assert [event["match_id"] for event in page["items"]] == [1, 2]
    (event, _) = page["items"]
    assert (event["state"], event["league"], event["home"]["name"]) == ("open", "england", "Home 1")
    markets = {(market["kind"], market["line"]): market for market in event["markets"]}
    result = markets["1x2", None]["selections"]
    assert [selection["outcome"] for selection in result] == ["home", "draw", "away"]
    assert result[0]["odds"] == f"{result[0]['odds_hundredths'] / 100:.2f}"
    assert ("total", 2.25) in markets
    assert ("handicap", -0.25) in markets
    assert api.get(f"/lines/{event['event_id']}")["markets"] == event["markets"]


def test_pages_join_to_the_whole(api: Api) -> None:
    for match_id in range(1, 6):
        api.lines.football.plan(match_id, SOON + timedelta(hours=match_id // 2))
    api.lines.tick()
    whole = [event["event_id"] for event in api.get("/lines")["items"]]
    following, pages = "", []
    while following is not None:
        page = api.get(f"/lines?limit=2{following}")
        pages += [event["event_id"] for event in page["items"]]
        following = page["next"] and f"&cursor={page['next']}"
    assert pages == whole
    assert len(whole) == 5
    first = api.get("/lines?limit=2")["next"]
    assert_problem(api.ask("GET", f"/lines?limit=2&league=spain&cursor={first}"), 400, "Invalid input")


def test_a_league_is_read_alone_and_an_unknown_one_is_not_there(api: Api) -> None:
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    assert len(api.get("/lines?league=england")["items"]) == 1
    assert api.get("/lines?league=spain")["items"] == []
    assert_problem(api.ask("GET", "/lines?league=nowhere"), 404, "Not found")


def test_a_cached_page_is_never_old(api: Api) -> None:
    event_id = api.make()
    tag = api.ask("GET", "/lines").headers["ETag"]
    assert api.client.get("/lines", headers={"If-None-Match": tag}).status_code == 304
    assert api.ask("PUT", f"/lines/{event_id}/state", "operator", json={"state": "suspended"}).status_code == 204
    (event,) = api.get("/lines")["items"]
    assert (event["state"], event["suspended_for"]) == ("suspended", "operator")
    api.make("Another")
    assert len(api.get("/lines")["items"]) == 2


def test_lines_nobody_confirmed_are_shown_as_suspended(api: Api) -> None:
    api.lines.at(api.lines.clock.now() - timedelta(minutes=6))
    api.lines.football.refit(api.lines.clock.now())
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    (event,) = api.get("/lines")["items"]
    assert (event["state"], event["suspended_for"]) == ("suspended", "silent_source")


def test_past_events_are_shown_with_their_results_the_latest_first(api: Api) -> None:
    first, second = api.make("First"), api.make("Second", starts_at=SOON + timedelta(hours=1))
    for event_id in (first, second):
        answer = api.ask("POST", f"/lines/{event_id}/results", "operator", json={"status": "decided", "outcome": "win"})
        assert answer.status_code == 201, answer.text
    page = api.get("/lines?state=past")
    assert [event["event_id"] for event in page["items"]] == [second, first]
    assert page["items"][0]["result"]["outcome"] == "win"
    assert api.get("/lines")["items"] == []


def test_every_version_of_a_price_is_shown(api: Api) -> None:
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    api.lines.football.refit(api.lines.clock.now() + timedelta(seconds=1))
    api.lines.football.plan(1, SOON, (2.2, 0.8))
    api.lines.tick(seconds=1)
    event_id = api.lines.event(1)["id"]
    prices = [price for price in api.get(f"/lines/{event_id}/prices?limit=500")["items"] if price["kind"] == "1x2"]
    assert [(price["outcome"], price["version"]) for price in prices] == [
        (outcome, version) for outcome in ("home", "draw", "away") for version in (1, 2)
    ]
    first = api.get(f"/lines/{event_id}/prices?limit=1")
    second = api.get(f"/lines/{event_id}/prices?limit=1&cursor={first['next']}")
    assert (first["items"][0]["version"], second["items"][0]["version"]) == (1, 2)
    assert_problem(api.ask("GET", "/lines/999999/prices"), 404, "Not found")


def test_lines_are_scored_beside_closing_odds(api: Api) -> None:
    """A home win forecast at p: Brier is (1-p)^2 + ..., by hand from the stored probabilities."""
    kick_off = api.lines.clock.now() + timedelta(hours=1)
    for match_id in (1, 2):
        api.lines.football.plan(match_id, kick_off)
    api.lines.tick()
    api.lines.football.closing[1] = ClosingOdds(
        bookmaker="pinnacle", home_hundredths=200, draw_hundredths=400, away_hundredths=400
    )
    for match_id in (1, 2):
        api.lines.football.end(match_id, 1, 0)
    api.lines.tick(hours=3)
    scores = api.get("/lines/scores")
    assert scores["n_matches"] == 2
    p = [
        row[0]
        for row in api.lines.rows(
            "SELECT p.probability FROM betting_prices p JOIN betting_selections s ON s.id = p.selection_id "
            "JOIN betting_markets m ON m.id = s.market_id WHERE m.kind = '1x2' ORDER BY m.id, s.id LIMIT 3"
        )
    ]
    assert scores["lines"]["brier"] == pytest.approx((1 - p[0]) ** 2 + p[1] ** 2 + p[2] ** 2, abs=1e-5)
    beside = scores["beside_closing_odds"]
    assert beside["n_matches"] == 1
    assert beside["closing_odds"]["brier"] == pytest.approx(0.25 + 0.0625 + 0.0625)
    assert beside["closing_odds"]["rps"] == pytest.approx((0.5**2 + 0.25**2) / 2)
    assert api.get("/lines/scores?league=spain") == {
        "league": "spain", "n_matches": 0, "lines": None, "beside_closing_odds": None, "simulated_money": True
    }  # fmt: skip


# --- operators


def test_only_operators_change_lines(api: Api) -> None:
    body = {"name": "Cup final", "odds_hundredths": 250, "starts_at": SOON.isoformat()}
    assert_problem(api.ask("POST", "/lines", json=body), 401, "Not authenticated")
    assert_problem(api.ask("POST", "/lines", "manager", json=body), 403, "Forbidden")
    assert_problem(api.ask("POST", "/lines", provider=True, json=body), 401, "Not authenticated")


@pytest.mark.parametrize(
    "wrong",
    [{"odds_hundredths": 100}, {"odds_hundredths": 2.5}, {"name": ""}, {"starts_at": "2020-01-01T00:00:00Z"},
     {"starts_at": "2026-01-01T00:00:00"}, {"starts_at": "9999-01-01T00:00:00Z"}],
)  # fmt: skip
def test_an_event_that_makes_no_sense_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    body = {"name": "Cup final", "odds_hundredths": 250, "starts_at": SOON.isoformat(), **wrong}
    assert_problem(api.ask("POST", "/lines", "operator", json=body), 400, "Invalid input")


def test_a_suspended_event_is_opened_by_an_operator_alone(api: Api) -> None:
    event_id = api.make()
    for state in ("suspended", "suspended", "open", "open"):
        assert api.ask("PUT", f"/lines/{event_id}/state", "operator", json={"state": state}).status_code == 204
        assert api.get(f"/lines/{event_id}")["state"] == state
    assert_problem(api.ask("PUT", "/lines/999999/state", "operator", json={"state": "open"}), 404, "Not found")
    api.ask("POST", f"/lines/{event_id}/results", "operator", json={"status": "void"})
    assert_problem(api.ask("PUT", f"/lines/{event_id}/state", "operator", json={"state": "open"}), 409, "Conflict")


def test_what_football_suspended_is_not_opened_by_hand(api: Api) -> None:
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    api.lines.football.coming.clear()
    api.lines.football.refit(api.lines.clock.now() + timedelta(seconds=1))
    api.lines.tick(minutes=1)
    event_id = api.lines.event(1)["id"]
    assert_problem(api.ask("PUT", f"/lines/{event_id}/state", "operator", json={"state": "open"}), 409, "Conflict")


def test_a_result_is_corrected_by_a_further_revision(api: Api) -> None:
    event_id = api.make()
    bodies = [
        {"status": "decided", "outcome": "win"},
        {"status": "decided", "outcome": "win"},
        {"status": "withdrawn"},
        {"status": "decided", "outcome": "lose"},
    ]
    revisions = [
        api.ask("POST", f"/lines/{event_id}/results", "operator", json=body).json["revision"] for body in bodies
    ]
    assert revisions == [1, 1, 2, 3]
    assert api.get(f"/lines/{event_id}")["result"]["outcome"] == "lose"


@pytest.mark.parametrize(
    "wrong",
    [{"status": "final", "home_goals": 1, "away_goals": 0}, {"status": "decided"}, {"status": "void", "outcome": "win"},
     {"status": "decided", "outcome": "win", "home_goals": 1, "away_goals": 1}, {"status": "final", "home_goals": 1},
     {"status": "decided", "outcome": "win", "n_tied": 11}, {"status": "over"}],
)  # fmt: skip
def test_a_result_that_does_not_fit_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    event_id = api.make()
    assert_problem(api.ask("POST", f"/lines/{event_id}/results", "operator", json=wrong), 400, "Invalid input")


def test_a_match_has_no_score_before_it_begins(api: Api) -> None:
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    body = {"status": "final", "home_goals": 1, "away_goals": 0}
    path = f"/lines/{api.lines.event(1)['id']}/results"
    assert_problem(api.ask("POST", path, "operator", json=body), 409, "Conflict")


# --- the line provider's first API


def provide(api: Api, method: str, path: str, status: int = 200, **sent: Any) -> Any:
    answer = api.ask(method, f"/line-provider{path}", provider=True, **sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["Simulated-Money"] == "true"
    return json.loads(answer.data)


def test_the_first_api_works_as_its_users_know_it(api: Api) -> None:
    deadline = int(SOON.timestamp())
    event = provide(api, "POST", "/event", json={"coefficient": 1.75, "deadline": deadline})
    assert event == {
        "event_id": event["event_id"],
        "coefficient": 1.75,
        "deadline": deadline,
        "state": 1,
        "create_date": event["create_date"],
        "update_date": event["update_date"],
    }
    assert provide(api, "GET", f"/event/{event['event_id']}") == event
    assert provide(api, "GET", "/events") == [event]
    won = provide(api, "PATCH", f"/event/{event['event_id']}/status?new_status=2")
    assert won["state"] == 2
    provide(api, "PATCH", f"/event/{event['event_id']}/status?new_status=3", 403)
    provide(api, "PATCH", f"/event/{event['event_id']}/status?new_status=2", 403)
    provide(api, "PATCH", "/event/999999/status?new_status=2", 404)
    assert provide(api, "DELETE", f"/event/{event['event_id']}") == {"status": "deleted"}
    provide(api, "GET", f"/event/{event['event_id']}", 404)
    provide(api, "DELETE", f"/event/{event['event_id']}", 404)


def test_without_a_deadline_an_event_has_five_thousand_seconds(api: Api) -> None:
    event = provide(api, "POST", "/event", json={"coefficient": "1.50"})
    assert event["deadline"] - event["create_date"] == pytest.approx(5_000, abs=2)
    assert event["coefficient"] == 1.5


@pytest.mark.parametrize(
    "wrong",
    [{}, {"coefficient": None}, {"coefficient": 0}, {"coefficient": -1}, {"coefficient": 30}, {"coefficient": 1.555},
     {"coefficient": 1.5, "deadline": "soon"}, {"coefficient": 1.5, "deadline": 1_000_000_000},
     {"coefficient": 1.5, "deadline": 1.5}, {"coefficient": 1.5, "deadline": 10**15}, {"coefficient": 1.5, "x": 1}],
)  # fmt: skip
def test_an_event_of_the_first_api_that_is_not_valid_is_422_and_breaks_nothing(api: Api, wrong: dict[str, Any]) -> None:
    """There, an event without a coefficient was stored, and every list failed from then on."""
    provide(api, "POST", "/event", 422, json=wrong)
    assert provide(api, "GET", "/events") == []


def test_a_new_event_stays_new_and_nobody_is_told(api: Api) -> None:
    """There, NEW was published, and the reader took it back into its queue for ever."""
    event_id = provide(api, "POST", "/event", json={"coefficient": 1.5})["event_id"]
    told = api.lines.announced()
    assert provide(api, "PATCH", f"/event/{event_id}/status?new_status=1")["state"] == 1
    assert api.lines.announced() == told
    provide(api, "PATCH", f"/event/{event_id}/status?new_status=4", 422)


def test_the_decision_of_the_first_api_is_told_once(api: Api) -> None:
    event_id = provide(api, "POST", "/event", json={"coefficient": 1.5})["event_id"]
    provide(api, "PATCH", f"/event/{event_id}/status?new_status=3")
    provide(api, "PATCH", f"/event/{event_id}/status?new_status=3", 403)
    assert [what for what in api.lines.announced() if what.startswith("event:")] == [f"event:events/{event_id}"]
    (row,) = api.lines.rows("SELECT status, outcome, recorded_by FROM betting_results")
    assert row == ("decided", "lose", "line-provider")


def test_a_deleted_event_gives_every_stake_back(api: Api) -> None:
    """There, its bets were stranded."""
    event_id = provide(api, "POST", "/event", json={"coefficient": 1.5})["event_id"]
    provide(api, "DELETE", f"/event/{event_id}")
    assert api.lines.rows("SELECT status, void_reason FROM betting_results") == [("void", "CANCELLED_EVENT")]
    assert api.get("/lines")["items"] == []
    assert_problem(api.ask("GET", f"/lines/{event_id}"), 404, "Not found")


@pytest.mark.parametrize("path", ["/lines", "/lines/999999", "/lines/nothing", "/line-provider/events", "/nothing"])
def test_every_answer_says_that_the_money_is_simulated(api: Api, path: str) -> None:
    assert api.ask("GET", path).headers["Simulated-Money"] == "true"


def test_the_first_api_wants_its_token(api: Api) -> None:
    assert_problem(api.ask("GET", "/line-provider/events"), 403, "Forbidden")
    wrong = api.client.get("/line-provider/events", headers={"Authorization": "Bearer wrong"})
    assert_problem(wrong, 401, "Not authenticated")
    assert_problem(api.ask("GET", "/line-provider/events", "manager"), 403, "Forbidden")
    assert api.ask("GET", "/line-provider/events", "operator").json == []


def test_a_match_is_no_event_of_the_first_api(api: Api) -> None:
    api.lines.football.plan(1, SOON)
    api.lines.tick()
    event_id = api.lines.event(1)["id"]
    provide(api, "GET", f"/event/{event_id}", 404)
    provide(api, "PATCH", f"/event/{event_id}/status?new_status=2", 404)
    provide(api, "DELETE", f"/event/{event_id}", 404)
    assert provide(api, "GET", "/events") == []


def test_the_first_apis_list_has_pages(api: Api) -> None:
    ids = [provide(api, "POST", "/event", json={"coefficient": 1.5})["event_id"] for _ in range(3)]
    answer = api.ask("GET", "/line-provider/events?limit=2", provider=True)
    assert [event["event_id"] for event in answer.json] == ids[:0:-1]
    following = answer.headers["Link"].partition("<")[2].partition(">")[0]
    assert [event["event_id"] for event in api.ask("GET", following, provider=True).json] == ids[:1]
