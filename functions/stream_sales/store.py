"""The tables of the stream in ClickHouse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.adapters.clickhouse.client import ClickHouse

_LIVE = (
    "currency",
    "purchase_id",
    "version",
    "cancelled",
    "category",
    "seller_id",
    "quantity",
    "total",
    "purchased_at",
)
_LATE = ("currency", "purchase_id", "version", "purchased_at")


class ClickHouseLiveTables:
    """`live_purchases` and `late_purchases`."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def latest(self) -> datetime | None:
        """Return the moment of the latest purchase, None if there is none."""
        (row,) = self._warehouse.query("SELECT count() AS n_rows, max(purchased_at) AS latest FROM live_purchases")
        return row["latest"] if row["n_rows"] else None

    def known(self, purchases: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        """Return those of these ids and versions that a window has already."""
        rows = self._warehouse.query(
            "SELECT purchase_id, version FROM live_purchases WHERE purchase_id IN {ids:Array(String)}",
            {"ids": sorted({key for key, _ in purchases})},
        )
        return {(row["purchase_id"], row["version"]) for row in rows} & set(purchases)

    def store(self, purchases: Sequence[dict[str, Any]], *, token: str) -> None:
        """Store purchases by their key; the same again changes nothing."""
        self._warehouse.insert("live_purchases", _table(purchases, _LIVE), token=token)

    def store_late(
        self, purchases: Sequence[dict[str, Any]], *, watermark: datetime, seen_at: datetime, token: str
    ) -> None:
        """Note purchases that came after their window had closed."""
        import pyarrow as pa

        table, moment = _table(purchases, _LATE), pa.timestamp("us", tz="UTC")
        for name, value in (("watermark", watermark), ("seen_at", seen_at)):
            table = table.append_column(name, pa.array([value] * len(purchases), moment))
        self._warehouse.insert("late_purchases", table, token=token)


def _table(purchases: Sequence[dict[str, Any]], names: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    kinds = {
        "version": pa.int64(),
        "quantity": pa.int64(),
        "total": pa.int64(),
        "cancelled": pa.bool_(),
        "purchased_at": pa.timestamp("us", tz="UTC"),
    }
    return pa.table(
        {name: pa.array([each[name] for each in purchases], kinds.get(name, pa.string())) for name in names}
    )
