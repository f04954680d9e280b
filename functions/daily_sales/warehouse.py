"""Sales in ClickHouse: rows go to the table beside, whose partition then takes the place of the old one.

The table beside remembers no block: the same rows again must be stored again, or the day would end empty. Readers see
the rows of before or those of after, never both and never none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.adapters.clickhouse.client import ClickHouse


class SalesWarehouse:
    """The tables that sales are read from; one run at a time writes them."""

    def __init__(self, warehouse: ClickHouse, *, cluster: str = "") -> None:
        """On a `cluster` partitions move on every node, within its own part of a table."""
        self._warehouse = warehouse
        self._on = f" ON CLUSTER '{cluster}'" if cluster else ""
        self._local = "_local" if cluster else ""

    def replace_days(self, table: str, days: Sequence[date], rows: pa.Table | None) -> None:
        """Replace the rows of these days, each month at once; other days of a month are taken over as they are."""
        import pyarrow.compute as pc

        months = sorted({day.replace(day=1) for day in days})
        for month in months:
            own = [day for day in days if day.replace(day=1) == month]
            self._clear(table)
            self._warehouse.command(
                f"INSERT INTO {table}_next SELECT * FROM {table} "  # nosec B608 - names of our own
                "WHERE toStartOfMonth(day) = {month:Date} AND day NOT IN {days:Array(Date)}",
                {"month": month, "days": own},
            )
            if rows is not None:
                self._insert(table, rows.filter(pc.is_in(rows["day"], _dates(own))))
            self._move(table, f"{month:%Y%m}")
        self._clear(table)

    def replace_all(self, table: str, rows: pa.Table | None) -> None:
        """Replace all rows at once."""
        self._clear(table)
        if rows is not None:
            self._insert(table, rows)
        self._move(table, "tuple()")
        self._clear(table)

    def late_ids(self, days: Sequence[date]) -> pa.Table:
        """Return the `purchase_id` of purchases of these days that came too late for their windows."""
        return self._warehouse.query_arrow(
            "SELECT DISTINCT purchase_id FROM late_purchases WHERE toDate(purchased_at) IN {days:Array(Date)}",
            {"days": list(days)},
        )

    def promote(self, rows: pa.Table) -> None:
        """Give the live windows what came too late for them; the same again replaces itself."""
        if rows.num_rows:
            self._warehouse.insert("live_purchases", rows, token="")

    def _insert(self, table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            self._warehouse.insert(f"{table}_next", rows, token="")

    def _clear(self, table: str) -> None:
        self._warehouse.command(f"TRUNCATE TABLE {table}_next{self._local}{self._on}")

    def _move(self, table: str, partition: str) -> None:
        if not self._warehouse.query(f"SELECT count() AS n FROM {table}_next")[0]["n"]:  # nosec B608 - names of our own
            # ClickHouse refuses to replace a partition by one that has no part.
            self._warehouse.command(f"ALTER TABLE {table}{self._local}{self._on} DROP PARTITION {partition}")
            return
        self._warehouse.command(
            f"ALTER TABLE {table}{self._local}{self._on} REPLACE PARTITION {partition} FROM {table}_next{self._local}"
        )


def _dates(days: Sequence[date]) -> Any:
    import pyarrow as pa

    return pa.array(list(days), pa.date32())
