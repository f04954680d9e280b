"""The staff shop through its real edge: the four routes of the contract, to the letter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.adapters.postgres.database import Postgres
from shared.errors import Unavailable
from shared.security.passwords import Passwords
from tests.support.engines.postgres import run
from tests.support.money.accounts import faults
from tests.support.money.functions import PASSWORD, Person, Shop, shop

__all__ = ["shop"]
TOO_LARGE = 2**63


@pytest.fixture(autouse=True)
def sound(shop: Shop) -> Any:
    """Whatever a test does, the ledger keeps its rules."""
    yield
    assert faults(shop.database) == []


def sign_in(shop: Shop, name: str, password: str = PASSWORD) -> Any:
    return shop.ask("POST", "/api/auth", json={"username": name, "password": password})


def joined(shop: Shop, name: str) -> Person:
    answer = sign_in(shop, name)
    assert answer.status_code == 200, answer.text
    who = shop.tokens.verify(answer.json["token"])
    return Person(id=who.user_id, name=name, token=answer.json["token"])


def info(shop: Shop, who: Person) -> Any:
    answer = shop.ask("GET", "/api/info", who)
    assert answer.status_code == 200, answer.text
    return answer.json


def send(shop: Shop, who: Person, to: Any, amount: Any, **more: Any) -> Any:
    return shop.ask("POST", "/api/sendCoin", who, json={"toUser": to, "amount": amount}, **more)


def assert_refused(answer: Any, status: int, text: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert set(answer.json) == {"errors"}
    assert isinstance(answer.json["errors"], str)
    assert text in answer.json["errors"]
    assert answer.content_type == "application/json"


def test_who_signs_in_for_the_first_time_has_1000_coins(shop: Shop) -> None:
    ada = joined(shop, "ada")
    assert info(shop, ada) == {"coins": 1000, "inventory": [], "coinHistory": {"received": [], "sent": []}}
    assert sign_in(shop, "ada").status_code == 200
    assert sign_in(shop, "ADA").status_code == 200
    assert info(shop, ada)["coins"] == 1000


def test_a_wrong_password_is_refused(shop: Shop) -> None:
    joined(shop, "ada")
    assert_refused(sign_in(shop, "ada", "another password entirely"), 401, "wrong")


def test_a_first_login_by_many_at_once_makes_one_user(shop: Shop) -> None:
    shop.app("staff_shop")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: sign_in(shop, "ada"), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({shop.tokens.verify(answer.json["token"]).user_id for answer in answers}) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "ada"},
        {"username": 7, "password": PASSWORD},
        {"username": "", "password": PASSWORD},
        {"username": "ada", "password": "short"},
        {"username": "a b\x00c", "password": PASSWORD},
        ["ada", PASSWORD],
    ],
)
def test_who_cannot_sign_in_is_told_why(shop: Shop, body: Any) -> None:
    assert_refused(shop.ask("POST", "/api/auth", json=body), 400)


def test_a_body_that_is_no_json_is_refused(shop: Shop) -> None:
    assert_refused(shop.ask("POST", "/api/auth", data=b"{", content_type="application/json"), 400, "JSON")
    assert_refused(shop.ask("POST", "/api/auth", data=b"username=ada"), 400)


def test_any_password_is_taken_where_the_operator_says_so(shop: Shop) -> None:
    shop.environment["STAFF_SHOP_ANY_PASSWORD"] = "true"
    assert sign_in(shop, "ada", "pw").status_code == 200
    assert_refused(sign_in(shop, "bob", ""), 400)


def test_guesses_are_slowed_down(shop: Shop) -> None:
    shop.environment["LOGIN_TRIES_PER_ACCOUNT"] = "2"
    ada = joined(shop, "ada")
    for _ in range(2):
        assert_refused(sign_in(shop, "ada", "a wrong guess"), 401)
    late = sign_in(shop, "ada", "a wrong guess")
    assert_refused(late, 401, "attempts")
    assert int(late.headers["Retry-After"]) > 0
    assert info(shop, ada)["coins"] == 1000


def test_a_new_password_counts_at_once(shop: Shop) -> None:
    joined(shop, "ada")
    assert sign_in(shop, "ada").status_code == 200
    run(shop.database, "UPDATE users SET password_hash = %s", Passwords(4).hash("a new password"))
    assert_refused(sign_in(shop, "ada"), 401)


def test_a_blocked_user_cannot_sign_in(shop: Shop) -> None:
    joined(shop, "ada")
    run(shop.database, "UPDATE users SET state = 'blocked'")
    assert_refused(sign_in(shop, "ada"), 401)


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/info"), ("POST", "/api/sendCoin"), ("GET", "/api/buy/pen")])
@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Basic YTpi"])
def test_without_a_token_nothing_is_done(shop: Shop, method: str, path: str, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    assert_refused(shop.ask(method, path, headers=headers, json={} if method == "POST" else None), 401)


def test_coins_are_sent_and_history_is_grouped(shop: Shop) -> None:
    ada, bob, eve = (joined(shop, name) for name in ("ada", "bob", "eve"))
    for amount in (100, 50):
        answer = send(shop, ada, "bob", amount)
        assert (answer.status_code, answer.data) == (200, b"")
    assert send(shop, eve, "Ada", 7).status_code == 200
    assert info(shop, ada)["coins"] == 857
    assert info(shop, ada)["coinHistory"] == {
        "received": [{"fromUser": "eve", "amount": 7}],
        "sent": [{"toUser": "bob", "amount": 150}],
    }
    assert info(shop, bob)["coinHistory"]["received"] == [{"fromUser": "ada", "amount": 150}]


@pytest.mark.parametrize("amount", [0, -1, TOO_LARGE, -TOO_LARGE, 10**30, 1.5, "10", None, True])
def test_an_amount_is_a_positive_whole_number(shop: Shop, amount: Any) -> None:
    ada, _ = joined(shop, "ada"), joined(shop, "bob")
    assert_refused(send(shop, ada, "bob", amount), 400)
    assert info(shop, ada)["coins"] == 1000


@pytest.mark.parametrize("to", ["nobody", "", "ada", "'; DROP TABLE users; --", "x" * 5000, 7, None])
def test_an_impossible_receiver_is_refused(shop: Shop, to: Any) -> None:
    ada = joined(shop, "ada")
    assert_refused(send(shop, ada, to, 1), 400)


def test_more_than_one_has_is_not_sent(shop: Shop) -> None:
    ada, _ = joined(shop, "ada"), joined(shop, "bob")
    assert_refused(send(shop, ada, "bob", 1001), 400, "too little")


def test_the_catalogue_of_the_assignment_is_sold(shop: Shop) -> None:
    prices = {
        "t-shirt": 80, "cup": 20, "book": 50, "pen": 10, "powerbank": 200, "hoody": 300, "umbrella": 200, "socks": 10,
        "wallet": 50,
    }  # fmt: skip
    ada = joined(shop, "ada")
    for item in prices:
        answer = shop.ask("GET", f"/api/buy/{item}", ada)
        assert (answer.status_code, answer.data) == (200, b""), (item, answer.text)
    assert info(shop, ada)["coins"] == 1000 - sum(prices.values())
    assert {each["type"]: each["quantity"] for each in info(shop, ada)["inventory"]} == dict.fromkeys(prices, 1)
    assert_refused(shop.ask("GET", "/api/buy/pink-hoody", ada), 400, "too little")
    shop.ask("GET", "/api/buy/pen", ada)
    assert {"type": "pen", "quantity": 2} in info(shop, ada)["inventory"]


@pytest.mark.parametrize("item", ["nothing", "it's", "a/b", "a%2Fb", "%22pen%22", "pen'--", "%00", "%F0%9F%A7%A6"])
def test_what_is_not_sold_cannot_be_bought(shop: Shop, item: str) -> None:
    assert_refused(shop.ask("GET", f"/api/buy/{item}", joined(shop, "ada")), 400)


def test_a_retry_with_its_key_pays_once(shop: Shop) -> None:
    ada, bob = joined(shop, "ada"), joined(shop, "bob")
    for _ in range(3):
        assert send(shop, ada, "bob", 10, key="k-1").status_code == 200
        assert shop.ask("GET", "/api/buy/pen", ada, key="k-1").status_code == 200
    assert (info(shop, ada)["coins"], info(shop, bob)["coins"]) == (980, 1010)
    assert_refused(send(shop, ada, "bob", 11, key="k-1"), 400, "key")


def test_other_paths_and_methods_are_not_of_the_contract(shop: Shop) -> None:
    assert_refused(shop.ask("GET", "/api/nothing"), 404)
    assert_refused(shop.ask("DELETE", "/api/info"), 405)
    assert shop.app("staff_shop").test_client().get("/health/live").json == {"status": "live"}


def test_trouble_that_passes_is_500_with_a_time_to_come_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared import errors

    ada = joined(shop, "ada")

    def fail(*_: Any, **__: Any) -> Any:
        raise errors.Contended

    monkeypatch.setattr(Postgres, "read", fail)
    answer = shop.ask("GET", "/api/info", ada)
    assert_refused(answer, 500, "again in a moment")
    assert answer.headers["Retry-After"] == "1"
    monkeypatch.setattr(Postgres, "read", lambda *_: (_ for _ in ()).throw(Unavailable("silent")))
    assert_refused(shop.ask("GET", "/api/info", ada), 500, "silent")
    monkeypatch.setattr(Postgres, "read", lambda *_: 1 / 0)
    assert_refused(shop.ask("GET", "/api/info", ada), 500, "on our side")


def test_a_deleted_user_has_no_name_in_histories(shop: Shop) -> None:
    ada, bob = joined(shop, "ada"), joined(shop, "bob")
    send(shop, bob, "ada", 10)
    run(shop.database, "UPDATE users SET username = 'deleted-1', username_folded = 'deleted-1', state = 'deleted' "
        "WHERE id = %s", bob.id)  # fmt: skip
    assert info(shop, ada)["coinHistory"]["received"] == [{"fromUser": "deleted user", "amount": 10}]
