"""Merch through its real edge: catalogue, purchases, stock, returns."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.postgres.coins import PostgresCoins
from shared.events import cloudevents
from shared.events.users import UserDeleted
from tests.support.functions.problems import assert_problem
from tests.support.money.accounts import faults
from tests.support.money.functions import Person, Shop, shop

__all__ = ["shop"]


@pytest.fixture(autouse=True)
def sound(shop: Shop) -> Iterator[None]:
    """Whatever a test does, the ledger keeps its rules."""
    yield
    assert faults(shop.database) == []


def buy(shop: Shop, who: Person, *, key: str = "", **items: int) -> Any:
    lines = [{"item": item.replace("_", "-"), "quantity": quantity} for item, quantity in items.items()]
    return shop.ask("POST", "/merch/purchases", who, json={"items": lines}, key=key or str(uuid.uuid4()))


def give_back(shop: Shop, who: Person, purchase_id: str, *, key: str = "", **items: int) -> Any:
    lines = [{"item": item.replace("_", "-"), "quantity": quantity} for item, quantity in items.items()]
    path = f"/merch/purchases/{purchase_id}/returns"
    return shop.ask("POST", path, who, json={"items": lines}, key=key or str(uuid.uuid4()))


def offer(shop: Shop, name: str, price: int, **more: Any) -> None:
    operator = shop.person("", "operator")
    answer = shop.ask("PUT", f"/merch/items/{name}", operator, json={"price": price, **more})
    assert answer.status_code == 204, answer.text


def inventory(shop: Shop, who: Person) -> dict[str, int]:
    items = shop.ask("GET", "/merch/inventory", who).json["items"]
    return {each["item"]: each["quantity"] for each in items}


def coins(shop: Shop, who: Person) -> int:
    return PostgresCoins(shop.database).balance(who.id).posted


def test_a_new_shop_sells_the_first_catalogue(shop: Shop) -> None:
    items = shop.ask("GET", "/merch/items").json["items"]
    assert len(items) == 10
    assert ("t-shirt", 80, None) in {(each["name"], each["price"], each["stock"]) for each in items}


def test_several_items_are_one_purchase(shop: Shop) -> None:
    ada = shop.person()
    answer = buy(shop, ada, pen=3, t_shirt=1)
    assert answer.status_code == 201, answer.text
    assert answer.json["total"] == 110
    assert (coins(shop, ada), inventory(shop, ada)) == (890, {"pen": 3, "t-shirt": 1})
    (purchase,) = shop.ask("GET", "/merch/purchases", ada).json["items"]
    assert purchase["id"] == answer.json["id"]
    assert purchase["lines"] == [
        {"item": "pen", "quantity": 3, "price": 10, "returned": 0},
        {"item": "t-shirt", "quantity": 1, "price": 80, "returned": 0},
    ]


def test_a_basket_is_bought_whole_or_not_at_all(shop: Shop) -> None:
    ada = shop.person()
    assert_problem(buy(shop, ada, pen=1, nothing=1), 404, "Not found")
    assert_problem(buy(shop, ada, pen=1, pink_hoody=2), 409, "Insufficient funds")
    assert (coins(shop, ada), inventory(shop, ada)) == (1000, {})


def test_a_retry_is_answered_as_the_first_time(shop: Shop) -> None:
    ada = shop.person()
    first, second = (buy(shop, ada, pen=1, key="k") for _ in range(2))
    assert first.json == second.json
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert_problem(buy(shop, ada, pen=2, key="k"), 422, "Key reused")
    assert_problem(shop.ask("POST", "/merch/purchases", ada, json={"items": [{"item": "pen"}]}), 400, "Invalid input")
    assert inventory(shop, ada) == {"pen": 1}


def test_limited_stock_is_never_oversold(shop: Shop) -> None:
    offer(shop, "scarf", 10, stock=5)
    people = [shop.person() for _ in range(12)]
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda who: buy(shop, who, scarf=1), people))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    assert sum(inventory(shop, who).get("scarf", 0) for who in people) == 5
    (scarf,) = [each for each in shop.ask("GET", "/merch/items").json["items"] if each["name"] == "scarf"]
    assert scarf["stock"] == 0


def test_two_baskets_in_opposite_order_do_not_block_each_other(shop: Shop) -> None:
    offer(shop, "scarf", 1, stock=1000)
    offer(shop, "badge", 1, stock=1000)
    people = [shop.person() for _ in range(8)]

    def shop_a_while(who: Person) -> set[int]:
        first, second = ("scarf", "badge") if people.index(who) % 2 else ("badge", "scarf")
        return {buy(shop, who, key="", **{first: 1, second: 1}).status_code for _ in range(10)}

    with ThreadPoolExecutor(8) as threads:
        assert set().union(*threads.map(shop_a_while, people)) == {201}


def test_a_price_holds_until_the_next_begins(shop: Shop) -> None:
    ada, now = shop.person(), datetime.now(UTC)
    offer(shop, "pen", 15, valid_from=(now - timedelta(seconds=5)).isoformat())
    offer(shop, "pen", 99, valid_from=(now + timedelta(hours=1)).isoformat())
    assert buy(shop, ada, pen=1).json["total"] == 15


def test_what_is_taken_off_the_sale_is_not_for_sale(shop: Shop) -> None:
    offer(shop, "pen", 10, on_sale=False)
    assert_problem(buy(shop, shop.person(), pen=1), 404, "Not found")
    assert "pen" not in {each["name"] for each in shop.ask("GET", "/merch/items").json["items"]}


def test_items_are_returned_for_what_they_cost(shop: Shop) -> None:
    offer(shop, "scarf", 100, stock=5)
    ada = shop.person()
    purchase = buy(shop, ada, scarf=3, pen=1).json["id"]
    offer(shop, "scarf", 200, stock=2)
    first, second = (give_back(shop, ada, purchase, scarf=2, key="r") for _ in range(2))
    assert (first.status_code, first.json["total"], second.json) == (201, 200, first.json)
    assert (coins(shop, ada), inventory(shop, ada)) == (1000 - 310 + 200, {"pen": 1, "scarf": 1})
    assert_problem(give_back(shop, ada, purchase, scarf=2), 409, "Conflict")
    assert_problem(give_back(shop, ada, purchase, cup=1), 404, "Not found")
    assert_problem(give_back(shop, shop.person(), purchase, pen=1), 404, "Not found")
    (scarf,) = [each for each in shop.ask("GET", "/merch/items").json["items"] if each["name"] == "scarf"]
    assert scarf["stock"] == 4


@pytest.mark.parametrize(
    "items",
    [[], [{"item": "pen", "quantity": 0}], [{"item": "pen", "quantity": -1}], [{"item": "pen"}] * 2, [{"item": "a/b"}],
     [{"item": "pen", "quantity": 2**63}], "pen", [{"item": "pen", "quantity": True}]],
)  # fmt: skip
def test_an_impossible_basket_is_refused(shop: Shop, items: Any) -> None:
    answer = shop.ask("POST", "/merch/purchases", shop.person(), json={"items": items}, key="k")
    assert_problem(answer, 400, "Invalid input")


def test_only_operators_change_the_catalogue(shop: Shop) -> None:
    offer_ = {"price": 1}
    assert_problem(shop.ask("PUT", "/merch/items/pen", shop.person(), json=offer_), 403, "Forbidden")
    operator = shop.person("", "operator")
    assert_problem(shop.ask("PUT", "/merch/items/Pen", operator, json=offer_), 400, "Invalid input")
    assert_problem(shop.ask("PUT", "/merch/items/pen", operator, json={"price": 0}), 400, "Invalid input")


def test_purchases_come_in_pages(shop: Shop) -> None:
    ada = shop.person()
    bought = [buy(shop, ada, pen=1).json["id"] for _ in range(3)]
    first = shop.ask("GET", "/merch/purchases?limit=2", ada).json
    second = shop.ask("GET", f"/merch/purchases?limit=2&cursor={first['next']}", ada).json
    assert [each["id"] for each in first["items"] + second["items"]] == bought[::-1]
    assert second["next"] is None


def test_a_deleted_user_keeps_nothing(shop: Shop) -> None:
    ada = shop.person()
    buy(shop, ada, pen=1)
    export = shop.ask("GET", "/merch/export", ada).json
    assert export["inventory"] == [{"item": "pen", "quantity": 1}]
    assert len(export["purchases"]) == 1
    headers, body = cloudevents.to_http(UserDeleted(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event())
    for _ in range(2):
        answer = shop.app("merch").test_client().post("/events/user-deleted", headers=headers, data=body)
        assert answer.status_code == 202
    assert inventory(shop, ada) == {}
