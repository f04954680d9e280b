"""The rows of sales as they look outside, and the queries that choose them; money is in minor units of its currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.web import paging


class Query(BaseModel):
    """Query of a page of sales."""

    model_config = ConfigDict(extra="forbid")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty: all")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class PeriodQuery(Query):
    """Query of days, from one until before another; the last 31 days that are complete unless it says when."""

    begins: date | None = Field(default=None)
    ends: date | None = Field(default=None)


class PatternQuery(Query):
    """Query of what is usual."""

    pattern: Literal["hour", "weekday", "month"] = "hour"


class WindowQuery(Query):
    """Query of live windows, from a moment until before another; the last 24 hours unless it says when."""

    minutes: Literal["10", "60"] = Field(default="60", description="length of a window")
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None


class TopQuery(BaseModel):
    """Query of the five best categories of the last hours."""

    model_config = ConfigDict(extra="forbid")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    hours: int = Field(default=1, ge=1, le=960)


class Provenance(BaseModel):
    """The run that built what is shown, and the last complete day it knows; null before the first run."""

    run: str | None
    engine: str | None
    finished_at: datetime | None
    up_to: date | None
    dirty_days: int
    """Days with purchases that no finished run has counted."""


class LiveProvenance(BaseModel):
    """How far the stream has come."""

    latest: datetime | None
    """Moment of the latest purchase that was counted."""
    late: int
    """Purchases of the last 40 days that came too late for their window."""


class CategoryRow(BaseModel):
    """Sales of a category on a day."""

    currency: str
    day: date
    category: str
    n_purchases: int
    n_items: int
    revenue: int


class DayRow(BaseModel):
    """Sales of a day."""

    currency: str
    day: date
    n_purchases: int
    n_customers: int
    n_items: int
    revenue: int


class MonthRow(BaseModel):
    """Sales of a month, by its first day."""

    currency: str
    month: date
    n_purchases: int
    n_customers: int
    n_items: int
    revenue: int


class CustomerRow(BaseModel):
    """Recency in days, frequency, monetary value of a customer, and the fifth that each puts them into; 5 is best."""

    currency: str
    customer_id: str
    last_purchase: date
    recency: int
    frequency: int
    monetary: int
    r: int
    f: int
    m: int


class ProductRow(BaseModel):
    """A product by the revenue it brought."""

    currency: str
    place: int
    product_id: str
    product_name: str
    category: str
    n_purchases: int
    n_items: int
    revenue: int


class CohortRow(BaseModel):
    """Customers who bought first in a month, and what they did so many months later."""

    currency: str
    cohort: date
    months_since: int
    n_customers: int
    n_purchases: int
    revenue: int


class PayoutRow(BaseModel):
    """What a seller gets for a day: revenue less the shop's fee."""

    currency: str
    day: date
    seller_id: str
    n_purchases: int
    n_items: int
    revenue: int
    fee: int
    payout: int


class PatternRow(BaseModel):
    """Sums of all hours of a day (0 to 23, UTC), days of a week (1 is Monday) or months that are alike."""

    currency: str
    pattern: str
    bucket: int
    category: str
    n_purchases: int
    revenue: int
    n_days: int


class WindowRow(BaseModel):
    """Sales of a category and seller in a window."""

    currency: str
    window_start: datetime
    category: str
    seller_id: str
    n_purchases: int
    n_items: int
    revenue: int


class TopRow(BaseModel):
    """A category by the revenue it brought."""

    currency: str
    category: str
    n_purchases: int
    n_items: int
    revenue: int


class _Built(BaseModel):
    provenance: Provenance
    next: str | None


class Categories(_Built):
    """By currency, day and category."""

    items: list[CategoryRow]


class Days(_Built):
    """By currency and day."""

    items: list[DayRow]


class Months(_Built):
    """By currency and month."""

    items: list[MonthRow]


class Customers(_Built):
    """By currency and customer."""

    items: list[CustomerRow]


class Products(_Built):
    """The best first."""

    items: list[ProductRow]


class Cohorts(_Built):
    """By currency, first month and age."""

    items: list[CohortRow]


class Payouts(_Built):
    """By currency, day and seller."""

    items: list[PayoutRow]


class Patterns(_Built):
    """By currency and bucket."""

    items: list[PatternRow]


class Windows(BaseModel):
    """By currency, window, category and seller."""

    provenance: LiveProvenance
    items: list[WindowRow]
    next: str | None


class Top(BaseModel):
    """At most five of each currency, the best first."""

    provenance: LiveProvenance
    items: list[TopRow]
    next: str | None


class TableSize(BaseModel):
    """Size of a table of ClickHouse."""

    table: str
    n_rows: int
    size_bytes: int


class DatasetSize(BaseModel):
    """Files of the lake."""

    dataset: str
    n_files: int
    n_rows: int
    n_staged: int
    n_quarantined: int
    size_bytes: int
    loaded_at: datetime


class LiveHour(BaseModel):
    """Purchases of an hour as the stream has counted them."""

    hour: datetime
    n_purchases: int
    n_cancelled: int


class Drift(BaseModel):
    """A field that a producer added, left out or gave another type."""

    dataset: str
    field: str
    kind: str
    n_rows: int
    first_seen: datetime
    last_seen: datetime


class Monitor(BaseModel):
    """The state of the lake and of its sales."""

    provenance: Provenance
    live: LiveProvenance
    lag_s: float | None
    """Seconds since the latest purchase that was counted by the stream."""
    n_pending: int
    """Purchases that lie in no file yet."""
    oldest_pending: datetime | None
    dirty_days: list[str]
    tables: list[TableSize]
    datasets: list[DatasetSize]
    last_24_hours: list[LiveHour]
    drift: list[Drift]
