"""Read sales and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from shared.domain.accounts.users import OPERATOR
from shared.errors import Forbidden
from shared.ports.clock import Clock
from shared.ports.lake import LakeMonitor
from shared.ports.probes import Probes
from shared.security.tokens import Caller, Tokens

AGGREGATES = ("categories", "days", "months", "customers", "products", "cohorts", "payouts", "patterns")
"""What the daily job builds, as paths have it."""
LIVE_KEPT = timedelta(days=40)


class SalesTables(Protocol):
    """The tables of sales."""

    def read(self, name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of a named query."""


class Sellers(Protocol):
    """Who sells for whom."""

    def of_user(self, user_id: str) -> Sequence[str]:
        """Return the ids of a user's sellers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    tables: SalesTables
    catalogue: LakeMonitor
    sellers: Sellers
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


def provenance(deps: Deps) -> dict[str, Any]:
    """Return the run that built what is shown, and how far it has come."""
    run, dirty = deps.catalogue.latest_run(), deps.catalogue.dirty_days()
    return {
        "run": run.id if run else None,
        "engine": run.engine if run else None,
        "finished_at": run.finished_at if run else None,
        "up_to": run.up_to if run else None,
        "dirty_days": len(dirty),
    }


def live_provenance(deps: Deps) -> dict[str, Any]:
    """Return how far the stream has come."""
    (end,) = deps.tables.read("live_end", {})
    (late,) = deps.tables.read("n_late", {"since": deps.clock.now() - LIVE_KEPT})
    return {"latest": end["latest"] if end["n_rows"] else None, "late": late["n_late"]}


def last_complete_days(deps: Deps, n_days: int) -> tuple[date, date]:
    """Return the first of the last complete days, and the day after the last."""
    today = deps.clock.now().date()
    return today - timedelta(days=n_days), today


def sellers_of(caller: Caller, deps: Deps) -> list[str]:
    """Return the sellers whose payouts a caller may see; empty for all of them.

    Raises
    ------
    Forbidden : the caller is neither an operator nor a seller.
    """
    if OPERATOR in caller.roles:
        return []
    own = list(deps.sellers.of_user(caller.user_id))
    if not own:
        raise Forbidden("only operators and sellers see payouts")
    return own


def monitor(deps: Deps) -> dict[str, Any]:
    """Return sizes, the last 24 hours, the stream's lag and the days to build again."""
    now = deps.clock.now()
    since, live = now - timedelta(days=1), live_provenance(deps)
    lake = deps.catalogue.monitor(since=since)
    latest: datetime | None = live["latest"]
    return {
        "provenance": provenance(deps),
        "live": live,
        "lag_s": (now - latest.astimezone(UTC)).total_seconds() if latest else None,
        "n_pending": lake["n_pending"],
        "oldest_pending": lake["oldest_pending"],
        "dirty_days": lake["dirty_days"],
        "tables": deps.tables.read("table_sizes", {"tables": list(TABLES)}),
        "datasets": lake["datasets"],
        "last_24_hours": deps.tables.read("live_by_hour", {"since": since}),
        "drift": lake["drift"],
    }


TABLES = (
    *("sales_by_category", "sales_by_day", "seller_payouts", "sales_by_month", "customer_rfm", "top_products"),
    *("cohorts", "sales_patterns", "live_purchases", "late_purchases"),
)
"""Every table that sales are read from."""
