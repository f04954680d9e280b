"""Rows in bulk: CSV, JSON lines and Parquet, each row judged alone."""

from __future__ import annotations

import csv
import io
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from functions.shop import bulk_rows
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.shop.functions import ShopUnderTest

FORMS = ("text/csv", "application/x-ndjson", "application/vnd.apache.parquet")
Rows = list[dict[str, Any]]


def encode(form: str, rows: Rows) -> bytes:
    """Return rows in one of the three forms; a field that a row lacks is an empty cell or a null."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if form == "text/csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    if form == "application/x-ndjson":
        return "\n".join(json.dumps(row) for row in rows).encode()
    target = io.BytesIO()
    parquet.write_table(pa.table({name: pa.array([row.get(name) for row in rows]) for name in names}), target)
    return target.getvalue()


def send(shop: ShopUnderTest, resource: str, rows: Rows, form: str = FORMS[1], **more: Any) -> Any:
    who = more.pop("who", None) or shop.operator
    return shop.ask("POST", f"{resource}/bulk", who, data=encode(form, rows), content_type=form, **more)


@pytest.mark.parametrize("form", FORMS)
def test_products_come_in_bulk(shop: ShopUnderTest, form: str) -> None:
    good = {
        "seller_id": shop.seller()["id"],
        "name": "Mug",
        "category": "Mugs",
        "price": 900,
        "currency": "EUR",
        "stock": 3,
    }
    rows = [good, {**good, "name": 'Größe "L", blue'}, {**good, "price": -1}, {**good, "seller_id": str(uuid.uuid4())}]
    answer = send(shop, "products", rows, form)
    assert answer.status_code == 200
    assert (answer.json["success_count"], answer.json["error_count"]) == (2, 2)
    assert [(each["row"], list(each["errors"])) for each in answer.json["errors"]] == [
        (3, ["price"]),
        (4, ["seller_id"]),
    ]
    names = {each["name"] for each in shop.ask("GET", "products").json["items"]}
    assert names == {"Mug", 'Größe "L", blue'}


@pytest.mark.parametrize("form", FORMS)
def test_customers_come_in_bulk_and_an_address_counts_once(shop: ShopUnderTest, form: str) -> None:
    shop.customer(email="known@example.org")
    emails = ["new@example.org", "KNOWN@example.org", "NEW@example.org", "no address", "other@example.org"]
    rows = [{"first_name": "A", "last_name": "B", "email": email} for email in emails]
    answer = send(shop, "customers", rows, form).json
    assert (answer["success_count"], [each["row"] for each in answer["errors"]]) == (2, [2, 3, 4])
    assert all(list(each["errors"]) == ["email"] for each in answer["errors"])
    stored = [each["email"] for each in shop.ask("GET", "customers", shop.operator).json["items"]]
    assert stored == ["other@example.org", "new@example.org", "known@example.org"]


@pytest.mark.parametrize("form", FORMS)
def test_purchases_come_in_bulk_with_every_check_of_a_single_one(shop: ShopUnderTest, form: str) -> None:
    """The original took purchases in bulk past stock and products, with a price of 0.0 where none was sent."""
    product, customer = shop.product(price=2499, stock=5), shop.customer()
    good = {"product_id": product["id"], "customer_id": customer["id"], "quantity": 2}
    rows = [
        {**good, "unit_price": 2000, "discount": 1, "purchased_at": "2026-03-01T12:00:00Z"},
        {**good, "quantity": 4},  # three are left
        {**good, "product_id": str(uuid.uuid4())},
        {**good, "customer_id": str(uuid.uuid4())},
        {**good, "quantity": 3},
        {**good, "quantity": 1},  # none is left
        {**good, "quantity": 0},
        {**good, "purchased_at": "2026-03-01T12:00:00"},
        {**good, "currency": "USD"},
    ]
    answer = send(shop, "purchases", rows, form).json
    assert answer["success_count"] == 2
    faults = [(each["row"], *each["errors"]) for each in answer["errors"]]
    assert faults == [
        (2, "quantity"),
        (3, "product_id"),
        (4, "customer_id"),
        (6, "quantity"),
        (7, "quantity"),
        (8, "purchased_at"),
        (9, "currency"),
    ]
    assert answer["errors"][0]["errors"]["quantity"] == "is more than the 3 in stock"
    assert shop.stock(product) == 0
    totals = run(shop.database, "SELECT quantity, unit_price, discount, total FROM shop_purchases ORDER BY quantity")
    assert totals == [(2, 2000, 1, 3999), (3, 2499, 0, 7497)]
    shop.publish()
    assert sorted(each.total for each in shop.events()) == [3999, 7497]


def test_a_parquet_file_with_its_own_types_is_read_as_strictly(shop: ShopUnderTest) -> None:
    product, customer = shop.product(stock=10), shop.customer()
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def table(moments: pa.Array, quantities: pa.Array) -> bytes:
        target = io.BytesIO()
        columns = {"product_id": [product["id"]], "customer_id": [customer["id"]]}
        parquet.write_table(pa.table({**columns, "quantity": quantities, "purchased_at": moments}), target)
        return target.getvalue()

    zoned = pa.array([moment], pa.timestamp("us", "Asia/Tokyo"))
    naive = pa.array([moment.replace(tzinfo=None)], pa.timestamp("us"))
    for moments, quantities, n_accepted in (
        (zoned, pa.array([2], pa.int32()), 1),
        (naive, pa.array([2], pa.int32()), 0),
        (zoned, pa.array([2.0]), 0),
    ):
        body = table(moments, quantities)
        answer = shop.ask("POST", "purchases/bulk", shop.operator, data=body, content_type=FORMS[2])
        assert answer.json["success_count"] == n_accepted, answer.text
    assert run(shop.database, "SELECT purchased_at FROM shop_purchases") == [(moment,)]


def test_a_bulk_request_that_is_sent_again_is_answered_as_the_first(shop: ShopUnderTest) -> None:
    product, customer, operator = shop.product(stock=5), shop.customer(), shop.operator
    rows = [{"product_id": product["id"], "customer_id": customer["id"], "quantity": n} for n in (2, 9)]
    first, second = (send(shop, "purchases", rows, who=operator, key="k") for _ in range(2))
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert shop.stock(product) == 3
    assert_problem(send(shop, "purchases", rows[:1], who=operator, key="k"), 422, "Key reused")


def test_a_seller_records_sales_of_their_own_products_only(shop: ShopUnderTest) -> None:
    ann = shop.person()
    mine, other, customer = shop.product(shop.seller(ann)), shop.product(), shop.customer()
    rows = [{"product_id": each["id"], "customer_id": customer["id"], "quantity": 1} for each in (mine, other)]
    answer = send(shop, "purchases", rows, who=ann).json
    assert (answer["success_count"], answer["errors"]) == (
        1,
        [{"row": 2, "errors": {"product_id": "is no product of yours"}}],
    )
    customers = [{"first_name": "A", "last_name": "B", "email": "a@example.org"}]
    assert_problem(send(shop, "customers", customers, who=ann), 403, "Forbidden")


def test_single_and_bulk_purchases_never_sell_more_than_there_is(shop: ShopUnderTest) -> None:
    products, customer, operator = [shop.product(stock=30) for _ in range(3)], shop.customer(), shop.operator
    one_of_each = [{"product_id": each["id"], "customer_id": customer["id"], "quantity": 1} for each in products]

    def work(n: int) -> None:
        if n % 2:
            send(shop, "purchases", one_of_each[:: 1 if n % 4 == 1 else -1] * 2, who=operator)
        else:
            shop.buy(products[n % 3], customer, operator)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(60)))
    sold = run(
        shop.database,
        "SELECT p.stock + (SELECT sum(quantity) FROM shop_purchases WHERE product_id = p.id) FROM shop_products p",
    )
    assert sold == [(30,)] * 3
    assert run(shop.database, "SELECT count(*) FROM shop_purchases") == run(
        shop.database, "SELECT count(*) FROM shop_outbox"
    )


@pytest.mark.parametrize(
    ("form", "body", "status"),
    [
        ("application/json", b"[]", 415),
        ("application/x-ndjson", b"", 400),
        ("application/x-ndjson", b"\n \n", 400),
        ("text/csv", b"product_id,customer_id,quantity\n", 400),
        ("text/csv", b"quantity,quantity\n1,2\n", 400),
        ("text/csv", b'quantity\n"1\n', 400),
        ("text/csv", b"quantity\n\xff\n", 400),
        ("application/vnd.apache.parquet", b"PAR1PAR1", 400),
        ("application/vnd.apache.parquet", b"", 400),
    ],
)
def test_a_body_without_rows_that_can_be_read_is_refused(
    shop: ShopUnderTest, form: str, body: bytes, status: int
) -> None:
    answer = shop.ask("POST", "purchases/bulk", shop.operator, data=body, content_type=form)
    assert_problem(answer, status, {400: "Invalid input", 415: "Unsupported media type"}[status])


def test_a_line_that_is_none_is_a_fault_of_that_line(shop: ShopUnderTest) -> None:
    body = b'{\n[1]\n{"quantity": NaN}\n' + b"9" * 30_000
    answer = shop.ask("POST", "purchases/bulk", shop.operator, data=body, content_type=FORMS[1])
    assert (answer.json["success_count"], answer.json["error_count"]) == (0, 4)
    assert [next(iter(each["errors"])) for each in answer.json["errors"]] == ["row", "row", "product_id", "row"]
    cells = shop.ask("POST", "purchases/bulk", shop.operator, data=b"quantity\n1,2\n", content_type=FORMS[0])
    assert cells.json["errors"] == [{"row": 1, "errors": {"row": "has 2 cells, the header 1"}}]


def test_too_many_rows_are_refused_whole(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_rows, "ROWS_AT_MOST", 2)
    rows = [{"product_id": "x", "customer_id": "y", "quantity": 1}] * 3
    for form in FORMS:
        assert_problem(send(shop, "purchases", rows, form), 400, "Invalid input")
    assert run(shop.database, "SELECT count(*) FROM shop_requests") == [(0,)]


def test_an_answer_names_the_first_hundred_refused_rows(shop: ShopUnderTest) -> None:
    answer = send(shop, "purchases", [{"product_id": "x", "customer_id": "y", "quantity": 1}] * 150).json
    assert (answer["error_count"], len(answer["errors"]), answer["errors"][-1]["row"]) == (150, 100, 100)
