"""The ports of daily-sales and the values that cross them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from shared.domain.lake.records import LakeFile
from shared.ports.clock import Clock
from shared.ports.lake import SalesRuns
from shared.ports.probes import Probes
from shared.security.tokens import Tokens

if TYPE_CHECKING:
    import pyarrow as pa


DAILY = ("sales_by_category", "sales_by_day", "seller_payouts")
WHOLE = ("sales_by_month", "customer_rfm", "top_products", "cohorts", "sales_patterns")


class Engine(Protocol):
    """Computes the state of purchases and the aggregates; the same SQL on every engine."""

    name: str

    def rebuild(self, run_id: str, days: Sequence[date], portions: Sequence[Portion]) -> int:
        """Replace the purchases of these days by what is staged, in one commit; return how many there are."""

    def daily(self, days: Sequence[date]) -> Mapping[str, pa.Table | None]:
        """Compute the `DAILY` aggregates of days that were rebuilt; None where there is not one purchase."""

    def whole(self) -> Mapping[str, pa.Table | None]:
        """Compute the `WHOLE` aggregates of all purchases; None where there is not one."""

    def late(self, portions: Sequence[Portion], ids: pa.Table) -> Iterator[pa.Table]:
        """Yield the last version of staged purchases, of those whose `purchase_id` is in a table."""

    def replace_table(self, run_id: str, dataset: str, file: LakeFile) -> None:
        """Replace products or customers by a copy of theirs."""


Portion = tuple[Sequence[date], Sequence[LakeFile]]
"""Days, and the staged files of them."""


class Warehouse(Protocol):
    """The tables that sales are read from."""

    def replace_days(self, table: str, days: Sequence[date], rows: pa.Table | None) -> None:
        """Replace the rows of these days, each month at once."""

    def replace_all(self, table: str, rows: pa.Table | None) -> None:
        """Replace all rows at once."""

    def late_ids(self, days: Sequence[date]) -> pa.Table:
        """Return the `purchase_id` of purchases of these days that came too late for their windows."""

    def promote(self, rows: pa.Table) -> None:
        """Give the live windows what came too late for them; the same again replaces itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    catalogue: SalesRuns
    engines: Mapping[str, Callable[[], AbstractContextManager[Engine]]]
    """Opens an engine by its name; what it wrote to scratch files ends with it."""
    history_bytes: Callable[[], int]
    """Size of the purchases' data files, as the table's snapshot has it."""
    expire: Callable[[datetime], None]
    """Deletes what only snapshots before a moment need."""
    rule: Sequence[Mapping[str, str | int]]
    """Which engine for which size; see `core.choose_engine`."""
    warehouse: Warehouse
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)
