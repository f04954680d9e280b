"""Purchases through the shop's real edge: stock, price, idempotency, cancellation, and who sees what."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.postgres.shop import requests
from shared.domain.shop.records import KEY_LIFETIME
from shared.errors import Unavailable
from shared.events import cloudevents
from shared.events.envelope import Event
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.shop.functions import Person, ShopUnderTest


def test_a_purchase_takes_price_name_and_category_as_of_the_sale(shop: ShopUnderTest) -> None:
    operator, product, customer = shop.operator, shop.product(price=2499, stock=10), shop.customer()
    purchase = shop.buy(product, customer, operator, quantity=3).json
    assert purchase["total"] == 7497
    changed = {"seller_id": product["seller_id"], "name": "New", "category": "Other", "price": 1, "currency": "USD"}
    shop.made("PUT", f"products/{product['id']}", operator, json={**changed, "stock": 7})
    stored = shop.ask("GET", f"purchases/{purchase['id']}", operator).json
    assert stored == purchase
    told = ("product_name", "category", "unit_price", "currency", "quantity", "discount", "seller_id")
    assert [stored[name] for name in told] == ["Home shirt", "Shirts", 2499, "EUR", 3, 0, product["seller_id"]]
    assert uuid.UUID(purchase["id"]).version == 7


def test_200_clients_buy_the_last_50_pieces_and_50_succeed(shop: ShopUnderTest) -> None:
    """The original looked at the stock, then took from it: two looked at the last piece at once."""
    product, operator = shop.product(stock=50), shop.operator
    customers = [shop.customer() for _ in range(4)]
    barrier = threading.Barrier(200)

    def buy(n: int) -> int:
        barrier.wait()
        status: int = shop.buy(product, customers[n % 4], operator).status_code
        return status

    with ThreadPoolExecutor(200) as threads:
        statuses = list(threads.map(buy, range(200)))
    assert sorted(set(statuses)) == [201, 409]
    assert statuses.count(201) == 50
    assert shop.stock(product) == 0
    assert run(shop.database, "SELECT count(*), sum(quantity) FROM shop_purchases") == [(50, 50)]
    shop.publish()
    assert len({each.purchase_id for each in shop.events()}) == len(shop.events()) == 50


def test_20_requests_with_one_key_are_one_purchase(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(stock=10), shop.customer(), shop.operator
    barrier = threading.Barrier(20)

    def buy(_: int) -> Any:
        barrier.wait()
        return shop.buy(product, customer, operator, key="one")

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(buy, range(20)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.text for each in answers}) == 1
    assert sum("Idempotency-Replayed" in each.headers for each in answers) == 19
    assert shop.stock(product) == 9


def test_a_key_belongs_to_its_request_and_caller_and_is_not_burnt_by_a_refusal(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(stock=1), shop.customer(), shop.operator
    assert_problem(shop.buy(product, customer, operator, key="k", quantity=2), 409, "Conflict")
    run(shop.database, "UPDATE shop_products SET stock = 2")
    bought = shop.buy(product, customer, operator, key="k", quantity=2)
    assert bought.status_code == 201
    assert "Idempotency-Replayed" not in bought.headers
    assert_problem(shop.buy(product, customer, operator, key="k"), 422, "Key reused")
    run(shop.database, "UPDATE shop_products SET stock = 1")
    assert shop.buy(product, customer, shop.operator, key="k").status_code == 201, "another caller's key is another key"
    body = {"product_id": product["id"], "customer_id": customer["id"], "quantity": 1}
    without = shop.ask("POST", "purchases", operator, json=body, headers={"Idempotency-Key": ""})
    assert list(assert_problem(without, 400, "Invalid input")["errors"]) == ["Idempotency-Key"]


def test_a_replay_is_answered_as_the_first_request_was_although_it_is_cancelled_since(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(), shop.customer(), shop.operator
    first = shop.buy(product, customer, operator, key="k")
    assert shop.ask("DELETE", f"purchases/{first.json['id']}", operator).status_code == 204
    assert shop.buy(product, customer, operator, key="k").json == first.json
    assert shop.stock(product) == 10


def test_a_cancellation_gives_the_pieces_back_once(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(stock=10), shop.customer(), shop.operator
    purchase = shop.buy(product, customer, operator, quantity=4).json
    assert shop.stock(product) == 6
    barrier = threading.Barrier(10)

    def cancel(_: int) -> int:
        barrier.wait()
        status: int = shop.ask("DELETE", f"purchases/{purchase['id']}", operator).status_code
        return status

    with ThreadPoolExecutor(10) as threads:
        assert set(threads.map(cancel, range(10))) == {204}
    assert shop.stock(product) == 10
    assert shop.ask("GET", f"purchases/{purchase['id']}", operator).json["cancelled_at"] is not None
    shop.publish()
    assert [type(each).__name__ for each in shop.events()] == ["PurchaseMade", "PurchaseCancelled"]
    unknown = shop.ask("DELETE", f"purchases/{uuid.uuid4()}", operator)
    assert_problem(unknown, 404, "Not found")


def test_a_cancellation_after_the_product_is_gone_is_still_one(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(stock=10), shop.customer(), shop.operator
    purchase = shop.buy(product, customer, operator).json
    assert shop.ask("DELETE", f"products/{product['id']}", operator).status_code == 204
    assert shop.ask("DELETE", f"purchases/{purchase['id']}", operator).status_code == 204


def test_a_customer_buys_for_themself_at_the_shops_price_and_time(shop: ShopUnderTest) -> None:
    ada, product = shop.person(), shop.product(price=2499)
    me, somebody = shop.customer(ada), shop.customer()
    assert shop.buy(product, me, ada).json["total"] == 2499
    assert_problem(shop.buy(product, somebody, ada), 404, "Not found")
    chosen: list[dict[str, Any]] = [{"unit_price": 1}, {"discount": 2498}, {"purchased_at": "2026-03-01T12:00:00Z"}]
    for fields in chosen:
        assert_problem(shop.buy(product, me, ada, **fields), 403, "Forbidden")
    purchase = shop.ask("GET", "purchases", ada).json["items"][0]
    assert_problem(shop.ask("DELETE", f"purchases/{purchase['id']}", ada), 404, "Not found")
    assert shop.stock(product) == 9


def test_a_seller_sees_and_cancels_their_own_sales_and_operators_all(shop: ShopUnderTest) -> None:
    ann, ben = shop.person(), shop.person()
    shirt, mug = shop.product(shop.seller(ann)), shop.product(shop.seller(ben))
    customer = shop.customer()
    sold = shop.buy(shirt, customer, ann, unit_price=1000, discount=1, purchased_at="2026-03-01T12:00:00+02:00").json
    assert (sold["total"], sold["purchased_at"]) == (999, "2026-03-01T10:00:00Z")
    assert_problem(shop.buy(mug, customer, ann), 404, "Not found")
    other = shop.buy(mug, customer, ben).json

    def ids(who: Person, query: str = "") -> list[str]:
        return [each["id"] for each in shop.ask("GET", f"purchases{query}", who).json["items"]]

    assert (ids(ann), ids(ben), ids(shop.person())) == ([sold["id"]], [other["id"]], [])
    assert ids(shop.operator) == [other["id"], sold["id"]]
    assert ids(ann, f"?product_id={mug['id']}") == []
    assert ids(shop.operator, f"?seller_id={shirt['seller_id']}") == [sold["id"]]
    assert ids(shop.operator, "?purchased_from=2026-03-01T10:00:00Z&purchased_until=2026-03-01T10:00:01Z") == [
        sold["id"]
    ]
    assert ids(shop.operator, "?purchased_until=2026-03-01T10:00:00Z") == []
    assert_problem(shop.ask("GET", f"purchases/{other['id']}", ann), 404, "Not found")
    assert_problem(shop.ask("DELETE", f"purchases/{other['id']}", ann), 404, "Not found")
    assert shop.ask("DELETE", f"purchases/{sold['id']}", ann).status_code == 204


def test_purchases_come_in_pages(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(), shop.customer(), shop.operator
    made = [shop.buy(product, customer, operator).json["id"] for _ in range(5)]
    first = shop.ask("GET", f"purchases?limit=3&customer_id={customer['id']}", operator).json
    rest = shop.ask("GET", f"purchases?limit=3&cursor={first['next']}", operator).json
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"quantity": 0}, 400),
        ({"quantity": -1}, 400),
        ({"quantity": 1.5}, 400),
        ({"quantity": True}, 400),
        ({"quantity": 100_001}, 400),
        ({"unit_price": 24.99}, 400),
        ({"unit_price": 0}, 400),
        ({"discount": -1}, 400),
        ({"unit_price": 5, "discount": 6}, 400),
        ({"discount": 2500}, 409),
        ({"currency": "USD"}, 409),
        ({"seller_id": str(uuid.uuid4())}, 409),
        ({"product_id": 27}, 400),
        ({"product_id": "prod-027"}, 400),
        ({"product_id": str(uuid.uuid4())}, 404),
        ({"customer_id": str(uuid.uuid4())}, 404),
        ({"purchased_at": "2026-03-01T12:00:00"}, 400),
        ({"purchased_at": 1_700_000_000}, 400),
        ({"purchased_at": "1999-12-31T23:59:59Z"}, 400),
        ({"purchased_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, 400),
        ({"total": 1}, 400),
    ],
)
def test_what_does_not_fit_is_refused_and_takes_nothing(shop: ShopUnderTest, fields: Any, status: int) -> None:
    product, customer = shop.product(price=2499, stock=10), shop.customer()
    answer = shop.buy(product, customer, shop.operator, **fields)
    assert_problem(answer, status, {400: "Invalid input", 404: "Not found", 409: "Conflict"}[status])
    assert shop.stock(product) == 10
    assert run(shop.database, "SELECT count(*) FROM shop_outbox") == [(0,)]


def test_a_total_far_above_what_32_bits_hold_is_exact(shop: ShopUnderTest) -> None:
    product = shop.product(price=9_999_999_999, stock=100_000)
    assert shop.buy(product, shop.customer(), shop.operator, quantity=100_000).json["total"] == 999_999_999_900_000


def test_what_is_on_the_log_waits_in_the_outbox_no_more(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(), shop.customer(), shop.operator
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    body = {"product_id": product["id"], "customer_id": customer["id"], "quantity": 2}
    purchase = shop.ask("POST", "purchases", operator, json=body, headers={"traceparent": trace}).json
    shop.log.down = True
    with pytest.raises(Unavailable):
        shop.publish()
    assert run(shop.database, "SELECT count(*) FROM shop_outbox") == [(1,)], "a log that is away loses nothing"
    shop.log.down = False
    shop.publish()
    assert run(shop.database, "SELECT count(*) FROM shop_outbox") == [(0,)]
    (event,) = shop.events()
    names = ("customer_id", "seller_id", "product_id", "product_name", "category", "quantity", "unit_price", "total")
    assert [getattr(event, name) for name in names] == [purchase[name] for name in names]
    assert event.purchased_at == datetime.fromisoformat(purchase["purchased_at"])
    (entry,) = shop.log.replay("touchline.shop.purchases")
    assert entry.key == purchase["id"].encode()
    assert cloudevents.from_record(entry.headers, entry.value).extensions["traceparent"] == trace


def test_a_crash_between_commit_and_log_loses_nothing_and_doubles_nothing(shop: ShopUnderTest) -> None:
    """The original committed, then sent: who died between never sent; nobody waited for the answer either."""
    product, customer, operator = shop.product(), shop.customer(), shop.operator
    made = [shop.buy(product, customer, operator).json["id"] for _ in range(3)]
    appended = shop.log.append

    def append_and_die(*entries: Any) -> None:
        appended(*entries)
        raise SystemExit  # after the log has the events, before the outbox knows

    shop.log.append = append_and_die  # type: ignore[assignment, method-assign]
    with pytest.raises(SystemExit):
        shop.publish()
    shop.log.append = appended  # type: ignore[method-assign]
    shop.publish()
    assert sorted(each.purchase_id for each in shop.events()) == sorted(made)


def test_several_relays_append_each_event_once_and_in_order(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(stock=1000), shop.customer(), shop.operator
    for _ in range(20):
        purchase = shop.buy(product, customer, operator).json
        shop.ask("DELETE", f"purchases/{purchase['id']}", operator)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: shop.publish(), range(4)))
    shop.publish()
    versions: dict[str, list[int]] = {}
    for each in shop.events():
        versions.setdefault(each.purchase_id, []).append(each.VERSION)
    assert list(versions.values()) == [[1, 2]] * 20


def test_the_clock_publishes_and_forgets(shop: ShopUnderTest) -> None:
    def tick(task: str) -> Any:
        now = datetime.now(UTC)
        event = Event(
            id="1", source="/s", type="dev.knative.sources.ping", time=now, data=b'{"task": "%s"}' % task.encode()
        )
        return shop.deliver(event, "tick")

    assert tick("forget").status_code == 202
    assert tick("publish").status_code == 202, "nothing waits"
    shop.buy(shop.product(), shop.customer(), shop.operator)
    assert_problem(tick("publish"), 503, "Unavailable")  # there is no log at its address
    assert_problem(tick("nothing"), 400, "Invalid input")


def test_keys_are_forgotten_in_time(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(), shop.customer(), shop.operator
    shop.buy(product, customer, operator, key="k")
    now = datetime.now(UTC)
    assert requests.forget(shop.database, before=now - KEY_LIFETIME) == 0
    assert requests.forget(shop.database, before=now + timedelta(seconds=1)) == 2, "the product's and the purchase's"
    assert shop.buy(product, customer, operator, key="k").status_code == 201


def test_readiness_asks_the_database(shop: ShopUnderTest) -> None:
    """Health always said healthy."""
    assert shop.app.test_client().get("/health/ready").get_json()["dependencies"] == ["postgres", "keys"]
