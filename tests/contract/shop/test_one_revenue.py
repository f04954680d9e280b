"""One revenue, whichever way it was computed: the shop's purchases, its log, the stream, the batch, the API of sales.

Everything happens through the edges: purchases one by one and in bulk, by operators and sellers, some of them
cancelled, some refused, some asked for twice. The log then delivers them twice and in another order.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from functions.stream_sales import service as streaming
from functions.stream_sales.store import ClickHouseLiveTables
from shared.adapters.memory.event_log import MemoryLog
from shared.events import cloudevents
from shared.events.shop import TOPIC
from shared.ports.log import NewEntry
from tests.support.lake import oracle
from tests.support.lake.lake import Lake, environment, open_lake
from tests.support.shop.functions import ShopUnderTest

# The stream keeps forty days, so these tests happen on the two days before this one.
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
Purchases = list[dict[str, Any]]
Sums = dict[Any, int]


@pytest.fixture
def lake(emptied_database_url: str, clickhouse_url: str, tmp_path: Path) -> Iterator[Lake]:
    """The lake over the shop's own database, at three in the morning after the last day."""
    opened = open_lake(environment(emptied_database_url, clickhouse_url, tmp_path), tmp_path)
    opened.clock.move((MIDNIGHT + timedelta(days=1, hours=3) - opened.clock.now()).total_seconds())
    yield opened
    opened.database.close()
    opened.warehouse.close()


def trade(shop: ShopUnderTest, seed: int) -> None:
    """Buy and cancel in every way there is."""
    draw, operator, ann = random.Random(seed), shop.operator, shop.person()
    sellers = [shop.seller(ann), shop.seller()]
    products = [
        shop.product(sellers[n % 2], category=("Shirts", "Mugs")[n % 2], price=price, currency=currency, stock=40)
        for n, (price, currency) in enumerate(((2499, "EUR"), (900, "JPY"), (1, "EUR"), (12_345, "KWD")))
    ]
    customers = [shop.customer() for _ in range(3)]

    def order() -> dict[str, Any]:
        moment = MIDNIGHT + timedelta(seconds=draw.randrange(-86_400, 86_400))
        return {
            "product_id": draw.choice(products)["id"],
            "customer_id": draw.choice(customers)["id"],
            "quantity": draw.randint(1, 4),
            "unit_price": draw.randint(1, 5000),
            "purchased_at": moment.isoformat(),
        }

    for n in range(30):
        body, key = order(), str(n)
        who = ann if n % 3 == 0 else operator
        answers = {shop.ask("POST", "purchases", who, key=key, json=body).status_code for _ in range(1 + n % 2)}
        assert answers <= {201, 404, 409}, "another seller's product, too little in stock"
    rows = [{**order(), "quantity": draw.choice([0, 1, 2, 99])} for _ in range(40)]
    names = list(rows[0])
    lines = [",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]
    sent = {"data": "\n".join(lines), "content_type": "text/csv"}
    reports = [shop.ask("POST", "purchases/bulk", operator, key="bulk", **sent).json for _ in range(2)]
    assert reports[0] == reports[1]
    assert 0 < reports[0]["error_count"] < len(rows)
    for purchase in draw.sample(all_purchases(shop), 12):
        for _ in range(draw.randint(1, 2)):
            assert shop.ask("DELETE", f"purchases/{purchase['id']}", operator).status_code == 204


def all_purchases(shop: ShopUnderTest) -> Purchases:
    """Every purchase by the shop's own API, page by page."""
    purchases: Purchases = []
    operator, cursor = shop.operator, ""
    while cursor is not None:
        page = shop.ask("GET", f"purchases?limit=17{f'&cursor={cursor}' if cursor else ''}", operator).json
        purchases += page["items"]
        cursor = page["next"]
    return purchases


def disordered(log: MemoryLog, seed: int) -> MemoryLog:
    """The same log as an unlucky reader meets it: every event twice, in any order."""
    entries = [
        NewEntry(value=each.value, key=each.key, headers=each.headers) for each in log.replay(TOPIC) for _ in range(2)
    ]
    random.Random(seed).shuffle(entries)
    unlucky = MemoryLog()
    unlucky.ensure_topic(TOPIC, partitions=3)
    unlucky.append(TOPIC, entries)
    return unlucky


def revenue(rows: Purchases, *by: str, value: str = "revenue") -> Sums:
    """Sum an amount by currency and by these."""
    totals: Counter[Any] = Counter()
    for row in rows:
        totals[(row["currency"], *(row[name] for name in by))] += row[value]
    return {key: total for key, total in totals.items() if total}


def test_every_way_computes_the_same_revenue_to_the_cent(
    shop: ShopUnderTest, lake: Lake, load_function: Callable[..., Flask]
) -> None:
    trade(shop, seed=1)
    shop.publish()
    counted = [
        {**each, "day": str(oracle.day_of(each)), "revenue": each["unit_price"] * each["quantity"] - each["discount"]}
        for each in all_purchases(shop)
        if each["cancelled_at"] is None
    ]
    assert counted
    log = disordered(shop.log, seed=2)
    events = [cloudevents.from_record(each.headers, each.value) for each in log.replay(TOPIC)]
    on_log = [{**each, "day": str(oracle.day_of(each))} for each in oracle.final_purchases(events)]
    lake.load(events)
    lake.build()
    tables = ClickHouseLiveTables(lake.warehouse)
    streaming.drain(
        streaming.Deps(log=lambda: log, tables=tables, clock=lake.clock, member=f"member-{uuid.uuid4().hex}")
    )
    live = lake.warehouse.query(
        "SELECT currency, category, seller_id, total AS revenue FROM live_purchases FINAL WHERE NOT cancelled"
    )
    sales = load_function("sales", **lake.environment).test_client()
    bearer = {"Authorization": f"Bearer {shop.operator.token}"}
    period = f"begins={MIDNIGHT.date() - timedelta(days=1)}&ends={MIDNIGHT.date() + timedelta(days=1)}&limit=500"

    def built(path: str) -> Purchases:
        answer = sales.get(f"/shop/v1/sales/{path}", headers=bearer).get_json()
        assert answer["next"] is None
        rows: Purchases = answer["items"]
        return rows

    for by, rows, value in (
        (("day",), built(f"days?{period}"), "revenue"),
        (("day", "category"), built(f"categories?{period}"), "revenue"),
        (("day", "seller_id"), built(f"payouts?{period}"), "revenue"),
        (("customer_id",), built("customers?limit=500"), "monetary"),
        (("product_id",), built("products?limit=500"), "revenue"),
    ):
        expected = revenue(counted, *by)
        assert revenue(on_log, *by, value="total") == expected, f"the log, by {by}"
        assert revenue(rows, *by, value=value) == expected, f"the batch and its API, by {by}"
    late = {row["purchase_id"] for row in lake.warehouse.query("SELECT purchase_id FROM late_purchases FINAL")}
    in_time = [each for each in counted if each["id"] not in late]
    assert in_time
    for field in ("category", "seller_id"):
        assert revenue(live, field) == revenue(in_time, field), f"the stream, by {field}"
