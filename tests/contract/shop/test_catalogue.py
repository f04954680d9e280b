"""Sellers, products and customers through the shop's real edge."""

from __future__ import annotations

import io
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyarrow import parquet

from shared.events.users import UserDeleted
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.shop.functions import ShopUnderTest


def test_a_seller_is_added_by_an_operator_and_changed_by_who_acts_for_them(shop: ShopUnderTest) -> None:
    who = shop.person()
    seller = shop.seller(who, name="Fan shop", phone="+44 20 7946 0018", address="1 High Street\nLondon")
    assert_problem(shop.ask("POST", "sellers", who, json={"name": "x", "email": "x@example.org"}), 403, "Forbidden")
    changed = shop.made("PUT", f"sellers/{seller['id']}", who, json={"name": "Fans' shop"})
    assert (changed["name"], changed["phone"]) == ("Fans' shop", seller["phone"]), "what is left out stays"
    assert_problem(shop.ask("PUT", f"sellers/{seller['id']}", shop.person(), json={"name": "Mine"}), 404, "Not found")
    assert [each["id"] for each in shop.ask("GET", "sellers/mine", who).json["items"]] == [seller["id"]]
    assert shop.ask("GET", "sellers/mine", shop.person()).json["items"] == []


def test_everybody_sees_sellers_but_not_who_acts_for_them(shop: ShopUnderTest) -> None:
    seller = shop.seller(shop.person())
    for shown in (shop.ask("GET", f"sellers/{seller['id']}").json, shop.ask("GET", "sellers").json["items"][0]):
        assert shown["id"] == seller["id"]
        assert "user_id" not in shown


def test_a_deleted_seller_sells_nothing_and_leaves_nothing_personal(shop: ShopUnderTest) -> None:
    who = shop.person()
    seller = shop.seller(who, email="ada@example.org")
    product = shop.product(seller)
    assert_problem(shop.ask("DELETE", f"sellers/{seller['id']}", who), 403, "Forbidden")
    for _ in range(2):
        assert shop.ask("DELETE", f"sellers/{seller['id']}", shop.operator).status_code == 204
    assert_problem(shop.ask("GET", f"sellers/{seller['id']}"), 404, "Not found")
    assert_problem(shop.ask("GET", f"products/{product['id']}"), 404, "Not found")
    assert_problem(shop.buy(product, shop.customer(), shop.operator), 404, "Not found")
    assert "ada" not in str(run(shop.database, "SELECT * FROM shop_sellers"))
    shop.seller(email="ada@example.org")  # the address is free again


@pytest.mark.parametrize("resource", ["sellers", "customers"])
def test_an_email_address_in_use_is_a_conflict_in_any_case_of_its_letters(shop: ShopUnderTest, resource: str) -> None:
    """A unique violation answered 500."""
    make = {"sellers": shop.seller, "customers": shop.customer}[resource]
    make(email="Ada.King@Example.org")
    other = make()
    fields: dict[str, Any] = {"name": "x"} if resource == "sellers" else {"first_name": "A", "last_name": "K"}
    again = {**fields, "email": "ada.king@EXAMPLE.ORG"}
    assert_problem(shop.ask("POST", resource, shop.operator, json=again), 409, "Conflict")
    changed = shop.ask("PUT", f"{resource}/{other['id']}", shop.operator, json={"email": again["email"]})
    assert_problem(changed, 409, "Conflict")
    faulty = shop.ask("POST", resource, shop.operator, json={**fields, "email": "ada@@example.org"})
    assert assert_problem(faulty, 400, "Invalid input")["errors"] == {"email": "is not an e-mail address"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", 0),
        ("price", -1),
        ("price", 24.99),
        ("price", "2499"),
        ("price", 10**10 + 1),
        ("currency", "eur"),
        ("currency", "XXX"),
        ("stock", -1),
        ("stock", 1.5),
        ("name", ""),
        ("name", " "),
        ("name", "a\x00b"),
        ("name", "x" * 201),
        ("category", ""),
        ("image", "javascript:alert(1)"),
        ("seller_id", 7),
        ("seller_id", "prod-027"),
        ("colour", "red"),
    ],
)
def test_a_product_out_of_range_is_refused_by_field(shop: ShopUnderTest, field: str, value: Any) -> None:
    body = {"seller_id": str(uuid.uuid4()), "name": "x", "category": "y", "price": 1, "currency": "EUR", "stock": 0}
    answer = shop.ask("POST", "products", shop.operator, json={**body, field: value})
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == [field]


def test_a_product_belongs_to_its_seller(shop: ShopUnderTest) -> None:
    who = shop.person()
    seller = shop.seller(who)
    body = {
        "seller_id": seller["id"],
        "name": "Scarf",
        "category": "Scarves",
        "price": 900,
        "currency": "JPY",
        "stock": 3,
    }
    product = shop.made("POST", "products", who, json=body)
    assert {name: product[name] for name in body} == body
    assert_problem(shop.ask("POST", "products", shop.person(), json=body), 404, "Not found")
    changed = shop.made("PUT", f"products/{product['id']}", who, json={**body, "price": 800})
    assert changed["price"] == 800
    assert shop.ask("GET", f"products/{product['id']}").json == changed
    other = shop.seller(who)
    moved = shop.ask("PUT", f"products/{product['id']}", who, json={**body, "seller_id": other["id"]})
    assert_problem(moved, 404, "Not found")
    assert_problem(shop.ask("DELETE", f"products/{product['id']}", shop.person()), 404, "Not found")
    assert shop.ask("DELETE", f"products/{product['id']}", who).status_code == 204
    assert_problem(shop.ask("DELETE", f"products/{product['id']}", who), 404, "Not found")


def test_a_new_price_does_not_bring_back_what_was_sold_meanwhile(shop: ShopUnderTest) -> None:
    """Who reads a product, changes its price and writes all of it back would undo the sales between."""
    product, operator = shop.product(stock=10), shop.operator
    assert shop.buy(product, shop.customer(), operator, quantity=3).status_code == 201
    body = {name: product[name] for name in ("seller_id", "name", "description", "category", "currency", "image")}
    assert shop.made("PUT", f"products/{product['id']}", operator, json={**body, "price": 1})["stock"] == 7
    assert (
        shop.made("PUT", f"products/{product['id']}", operator, json={**body, "price": 1, "stock": 50})["stock"] == 50
    )


def test_every_id_is_a_uuid_and_every_time_has_its_zone(shop: ShopUnderTest) -> None:
    """Ids were texts here and integers there, and joined nothing; created_at had no zone."""
    product, customer, operator = shop.product(), shop.customer(), shop.operator
    purchase = shop.buy(product, customer, operator).json
    seller = shop.ask("GET", f"sellers/{product['seller_id']}").json
    for record in (seller, product, customer, purchase):
        for name, value in record.items():
            if value and (name == "id" or name.endswith("_id")):
                assert str(uuid.UUID(value)) == value
            if value and name.endswith("_at"):
                assert datetime.fromisoformat(value).utcoffset() == timedelta()
    columns = run(
        shop.database,
        r"SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name LIKE 'shop\_%%' "
        "AND (column_name ~ '(^|_)id$' AND data_type <> 'uuid' OR column_name ~ '_at$' "
        "AND data_type <> 'timestamp with time zone' "
        "OR column_name ~ 'price|total|discount' AND data_type <> 'bigint')",
    )
    assert columns == []


def test_a_product_that_is_sent_again_is_the_same_one(shop: ShopUnderTest) -> None:
    body = {"seller_id": shop.seller()["id"], "name": "x", "category": "y", "price": 1, "currency": "EUR", "stock": 0}
    operator = shop.operator
    first, second = (shop.ask("POST", "products", operator, key="k", json=body) for _ in range(2))
    assert first.json == second.json
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    other = shop.ask("POST", "products", operator, key="k", json={**body, "price": 2})
    assert_problem(other, 422, "Key reused")


def test_products_are_found_by_category_seller_price_words_and_stock(shop: ShopUnderTest) -> None:
    one, other = shop.seller(), shop.seller()
    shirt = shop.product(one, name="Home shirt", description="with a number", price=2000)
    away = shop.product(one, name="Away shirt", price=3000, stock=0)
    mug = shop.product(other, name="Mug", category="Mugs", price=500, currency="USD")

    def ids(query: str) -> set[str]:
        return {each["id"] for each in shop.ask("GET", f"products?{query}").json["items"]}

    assert ids("category=Shirts") == {shirt["id"], away["id"]}
    assert ids(f"seller_id={other['id']}") == ids("currency=USD") == ids("max_price=500") == {mug["id"]}
    assert ids("min_price=501&max_price=2000") == {shirt["id"]}
    assert ids("q=shirt%20HO") == ids("q=numb") == {shirt["id"]}
    assert ids("q=%27%26!") == ids("q=shoes") == set(), "what is no word finds nothing, and breaks nothing"
    assert ids("category=Shirts&in_stock=true") == {shirt["id"]}
    counts = {each["category"]: each["n_products"] for each in shop.ask("GET", "categories").json["items"]}
    assert counts == {"Mugs": 1, "Shirts": 2}


@pytest.mark.parametrize("order", ["newest", "cheapest", "dearest", "name"])
def test_pages_of_every_order_hold_each_product_once(shop: ShopUnderTest, order: str) -> None:
    seller = shop.seller()
    made = [shop.product(seller, name=name, price=price) for name in "ba" for price in (300, 100, 100)]
    seen, cursor = [], ""
    while cursor is not None:
        page = shop.ask("GET", f"products?limit=2&sort={order}{f'&cursor={cursor}' if cursor else ''}").json
        seen += page["items"]
        cursor = page["next"]
    by = {
        "newest": lambda each: [-made.index(each)],
        "cheapest": lambda each: [each["price"], each["id"]],
        "dearest": lambda each: [-each["price"], -int(uuid.UUID(each["id"]))],
        "name": lambda each: [each["name"], each["id"]],
    }[order]
    assert seen == sorted(made, key=by)
    first = shop.ask("GET", f"products?limit=2&sort={order}").json["next"]
    other = "name" if order != "name" else "newest"
    assert_problem(shop.ask("GET", f"products?limit=2&sort={other}&cursor={first}"), 400, "Invalid input")


def test_products_come_as_a_table_too(shop: ShopUnderTest) -> None:
    product = shop.product()
    answer = shop.ask("GET", "products?format=parquet")
    table = parquet.read_table(io.BytesIO(answer.data))
    assert table.column("id").to_pylist() == [product["id"]]
    assert str(table.schema.field("price").type) == "int64"


def test_a_user_becomes_a_customer_once_and_sees_only_themself(shop: ShopUnderTest) -> None:
    ada, bob = shop.person(), shop.person()
    customer = shop.customer(ada, user_id=bob.id)
    assert customer["user_id"] == ada.id, "who a customer is, only operators choose"
    again = {"first_name": "A", "last_name": "K", "email": "second@example.org"}
    assert_problem(shop.ask("POST", "customers", ada, json=again), 409, "Conflict")
    shop.customer()
    assert [each["id"] for each in shop.ask("GET", "customers", ada).json["items"]] == [customer["id"]]
    assert len(shop.ask("GET", "customers", shop.operator).json["items"]) == 2
    requests: list[tuple[str, dict[str, Any]]] = [("GET", {}), ("PUT", {"json": {"first_name": "B"}}), ("DELETE", {})]
    for method, sent in requests:
        assert_problem(shop.ask(method, f"customers/{customer['id']}", bob, **sent), 404, "Not found")
    found = shop.ask("GET", f"customers?email={customer['email'].upper()}", shop.operator).json["items"]
    assert [each["id"] for each in found] == [customer["id"]]
    changed = shop.made("PUT", f"customers/{customer['id']}", ada, json={"last_name": "Lovelace"})
    assert (changed["first_name"], changed["last_name"]) == ("Ada", "Lovelace")


def test_a_deleted_user_is_erased_and_their_purchases_stay(shop: ShopUnderTest) -> None:
    ada = shop.person()
    customer, seller = shop.customer(ada, email="ada@example.org"), shop.seller(ada, email="shop@example.org")
    purchase = shop.buy(shop.product(), customer, ada).json
    exported = shop.ask("GET", "export", ada).json
    assert [each["id"] for each in exported["purchases"]] == [purchase["id"]]
    assert (exported["customers"][0]["id"], exported["sellers"][0]["id"]) == (customer["id"], seller["id"])
    event = UserDeleted(user_id=ada.id, occurred_at=datetime.fromisoformat("2026-03-01T12:00:00Z")).to_event()
    for _ in range(2):
        assert shop.deliver(event, "user-deleted").status_code == 202
    assert "example.org" not in str(run(shop.database, "SELECT * FROM shop_customers WHERE id = %s", customer["id"]))
    assert "example.org" not in str(run(shop.database, "SELECT * FROM shop_sellers WHERE id = %s", seller["id"]))
    assert shop.ask("GET", f"purchases/{purchase['id']}", shop.operator).json["customer_id"] == customer["id"]
    assert shop.ask("GET", "export", ada).json == {"customers": [], "sellers": [], "purchases": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "sellers"),
        ("GET", "sellers/mine"),
        ("POST", "products"),
        ("POST", "products/bulk"),
        ("GET", "customers"),
        ("POST", "customers/bulk"),
        ("POST", "purchases"),
        ("GET", "purchases"),
        ("POST", "purchases/bulk"),
        ("GET", "export"),
    ],
)
def test_what_is_not_public_needs_a_token(shop: ShopUnderTest, method: str, path: str) -> None:
    """The original took the pair admin/admin."""
    assert_problem(shop.ask(method, path), 401, "Not authenticated")
