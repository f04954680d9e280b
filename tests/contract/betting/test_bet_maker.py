"""The first bet maker's API: the examples of its README, and the holes it had."""

from __future__ import annotations

from typing import Any

import pytest

from functions.bet_maker.service import Answer
from functions.bet_maker.users import UserFunctions
from shared.domain.accounts.users import OPERATOR
from tests.support.betting.book import Market, book
from tests.support.betting.functions import Counter, Person, counter, soon
from tests.support.functions.problems import assert_problem

__all__ = ["book", "counter"]


@pytest.fixture
def maker(counter: Counter) -> Counter:
    counter.environment["FUNCTIONS_URL"] = "http://127.0.0.1:1/{function}"
    return counter


@pytest.fixture
def market(maker: Counter) -> Market:
    return maker.book.manual(185, starts_at=soon())


def bet_on(maker: Counter, who: Person, market: Market, amount: Any = 100) -> Any:
    return maker.ask("POST", "/api/bet", who, json={"bet_amount": amount, "event_id": market.event_id})


def test_the_examples_of_its_readme(maker: Counter, market: Market) -> None:
    """Look at events, bet, look at bets, take one back."""
    ada = maker.person()
    answer = maker.ask("GET", "/api/events", ada)
    assert answer.headers["Simulated-Money"] == "true"
    [event] = answer.get_json()
    assert (event["event_id"], event["coefficient"], event["state"]) == (market.event_id, 1.85, 1)
    assert event["deadline"] == pytest.approx(soon().timestamp(), abs=60)
    response = bet_on(maker, ada, market, 100.0)
    assert response.status_code == 200
    bet = response.get_json()
    assert {name: bet[name] for name in ("bet_amount", "event_id", "user_id", "status", "coefficient")} == {
        "bet_amount": 100,
        "event_id": market.event_id,
        "user_id": ada.id,
        "status": "not_played",
        "coefficient": 1.85,
    }
    for path in ("/api/bets", "/api/my/bets"):
        assert maker.ask("GET", path, ada).get_json() == [bet]
    assert maker.ask("GET", f"/api/get-one/{bet['id']}", ada).get_json() == bet
    deleted = maker.ask("DELETE", f"/api/delete-bet/{bet['id']}", ada)
    assert (deleted.status_code, deleted.get_json()) == (200, {"status": "deleted"})
    assert maker.book.available(ada.id) == 1000


@pytest.mark.parametrize(
    ("outcome", "status", "payout"), [("win", "won", 185), ("lose", "lost", 0), ("void", "returned", 100)]
)
def test_a_bet_is_won_lost_or_returned(maker: Counter, market: Market, outcome: str, status: str, payout: int) -> None:
    ada = maker.person()
    bet = bet_on(maker, ada, market).get_json()
    if outcome == "void":
        maker.book.result(market.event_id, "void")
    else:
        maker.book.decide(market.event_id, outcome)
    maker.book.settle()
    settled = maker.ask("GET", f"/api/get-one/{bet['id']}", ada).get_json()
    assert (settled["status"], settled["payout"]) == (status, payout)
    assert maker.book.available(ada.id) == 900 + payout


def test_an_event_that_is_over_or_begun_takes_no_bet(maker: Counter) -> None:
    """It once took bets on finished events, and on stopped ones for a minute."""
    ada = maker.person()
    over, begun = maker.book.manual(starts_at=soon()), maker.book.manual(starts_at=soon(-1))
    maker.book.decide(over.event_id)
    for market in (over, begun):
        assert_problem(bet_on(maker, ada, market), 403, "Forbidden")
    unknown = maker.ask("POST", "/api/bet", ada, json={"bet_amount": 10, "event_id": 10**9})
    assert_problem(unknown, 404, "Not found")
    assert maker.ask("GET", "/api/events", ada).get_json() == []


def test_a_new_event_is_bettable_at_once(maker: Counter, market: Market) -> None:
    """It once answered 404 for a minute, since the list was cached."""
    ada = maker.person()
    assert len(maker.ask("GET", "/api/events", ada).get_json()) == 1
    fresh = maker.book.manual(210, starts_at=soon())
    assert bet_on(maker, ada, fresh).status_code == 200


@pytest.mark.parametrize("amount", [0, -1, 0.001, 10.5, "ten", None, 10**20])
def test_an_amount_is_whole_coins(maker: Counter, market: Market, amount: Any) -> None:
    assert_problem(bet_on(maker, maker.person(), market, amount), 400, "Invalid input")


def test_an_event_id_may_be_text(maker: Counter, market: Market) -> None:
    ada = maker.person()
    body = {"bet_amount": "10.00", "event_id": str(market.event_id)}
    assert maker.ask("POST", "/api/bet", ada, json=body).get_json()["bet_amount"] == 10


def test_bets_of_others_are_neither_read_nor_deleted(maker: Counter, market: Market) -> None:
    ada, bob, operator = maker.person(), maker.person(), maker.person(OPERATOR)
    bet = bet_on(maker, ada, market).get_json()
    assert maker.ask("GET", "/api/bets", bob).get_json() == []
    assert_problem(maker.ask("GET", f"/api/get-one/{bet['id']}", bob), 404, "Not found")
    assert_problem(maker.ask("DELETE", f"/api/delete-bet/{bet['id']}", bob), 404, "Not found")
    assert maker.ask("GET", "/api/bets", operator).get_json() == [bet]
    assert maker.ask("GET", "/api/my/bets", operator).get_json() == []
    assert_problem(maker.ask("GET", "/api/bets"), 401, "Not authenticated")


def test_a_settled_bet_is_not_deleted(maker: Counter, market: Market) -> None:
    ada = maker.person()
    bet = bet_on(maker, ada, market).get_json()
    maker.book.decide(market.event_id, "lose")
    maker.book.settle()
    assert_problem(maker.ask("DELETE", f"/api/delete-bet/{bet['id']}", ada), 409, "Conflict")
    assert maker.book.available(ada.id) == 900


def test_too_few_coins_are_a_refusal(maker: Counter, market: Market) -> None:
    response = bet_on(maker, maker.person(), market, 1001)
    assert (response.status_code, response.get_json()["code"]) == (409, "INSUFFICIENT_FUNDS")


def test_users_are_for_operators(maker: Counter) -> None:
    ada = maker.person()
    for method, path in (
        ("GET", "/api/users/get-all"),
        ("GET", f"/api/users/get-one/{ada.id}"),
        ("POST", "/api/users/create"),
        ("PATCH", f"/api/users/update/{ada.id}"),
        ("DELETE", f"/api/users/delete-user-by-id/{ada.id}"),
    ):
        assert_problem(maker.ask(method, path, ada, json={}), 403, "Forbidden")


def test_operators_see_make_and_delete_users_by_the_functions_of_accounts(
    maker: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, sent = maker.person(OPERATOR), []
    answers = {
        "GET": Answer(200, b'{"items": [{"id": "1", "username": "ada"}], "next": null}', "application/json"),
        "POST": Answer(201, b'{"id": "2", "username": "bob"}', "application/json"),
        "PUT": Answer(204, b"", "application/json"),
    }

    def send(_: object, function: str, method: str, path: str, token: str, body: object = None) -> Answer:
        assert token == operator.token
        sent.append((function, method, path.partition("?")[0], body))
        return answers[method]

    monkeypatch.setattr(UserFunctions, "send", send)
    assert maker.ask("GET", "/api/users/get-all", operator).get_json() == [{"id": "1", "username": "ada"}]
    body = {"username": "bob", "password": "correct horse battery staple", "name": "Bob"}
    created = maker.ask("POST", "/api/users/create", operator, json=body)
    assert (created.status_code, created.get_json()["username"]) == (200, "bob")
    path = f"/api/users/delete-user-by-id/{operator.id}"
    assert maker.ask("DELETE", path, operator).get_json() == {"status": "deleted"}
    assert_problem(maker.ask("PATCH", f"/api/users/update/{operator.id}", operator, json={}), 403, "Forbidden")
    assert [each[:3] for each in sent] == [
        ("users", "GET", "/users"),
        ("register", "POST", "/register"),
        ("users", "PUT", f"/users/{operator.id}/block"),
        ("users", "PUT", f"/users/{operator.id}/deletion"),
    ]
    assert sent[1][3] == {"username": "bob", "password": "correct horse battery staple"}


def test_silent_users_are_trouble_and_no_answer(maker: Counter) -> None:
    assert_problem(maker.ask("GET", "/api/users/get-all", maker.person(OPERATOR)), 503, "Unavailable")
