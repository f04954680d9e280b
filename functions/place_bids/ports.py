"""Ports of place-bids: the market, the tables, the table of decisions, and what passes between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from shared.domain.ads.days import Day
from shared.ports.clock import Clock
from shared.ports.probes import Probes

if TYPE_CHECKING:
    from shared.domain.ads.decisions import Decisions
    from shared.domain.ads.pacing import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BiddingRow:
    """A campaign with what bidding remembers of it, as it is stored."""

    campaign_id: str
    name: str
    region: str
    zone: str
    daily_budget: int | None
    total_budget: int | None
    begins_at: datetime
    ends_at: datetime | None
    position: int | None
    cost_per_click: int | None
    least_bid: int
    largest_bid: int
    state: str
    reserved: int = 0
    released: int = 0
    charged: int = 0
    allowance: int = 0
    allowance_since: datetime | None = None
    impressions: int = 0
    clicks: int = 0
    spent: int = 0
    position_sum: int = 0
    day: date | None = None
    spent_before: int = 0
    day_allowance: int = 0
    bidder: list[float] | None = None
    bid: int = 0
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCampaign:
    """A campaign as the market reports it: what it was last told, and totals over the campaign's life."""

    id: int
    reference: str
    state: str
    bid: int
    allowance: int
    charged: int
    """Final: settled, within the allowance."""
    impressions: int
    clicks: int
    spend: int
    """With what is not settled yet."""
    position_sum: int
    """In hundredths of a place, over impressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHour:
    """One hour of a campaign; later reports replace it."""

    reference: str
    hour: datetime
    impressions: int
    clicks: int
    spend: int
    orders: int
    revenue: int
    position_sum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReport:
    """What the market tells a seller."""

    now: datetime
    settled_until: datetime
    """Clicks before this moment are final."""
    campaigns: Mapping[str, MarketCampaign]
    """By our id."""
    hours: Sequence[MarketHour] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """A campaign to be created at the market, paused."""

    reference: str
    name: str
    region: str


class Market(Protocol):
    """A seller's side of the market.

    Every method raises `Unavailable` when the market does not answer, `Overloaded` when the seller's limit is reached,
    and `Unauthenticated` when the API key is not valid.
    """

    def read(self, key: str, *, hours_from: datetime | None) -> MarketReport:
        """Read totals; with `hours_from` also hours since then."""

    def regions(self, key: str) -> Mapping[str, Floats]:
        """Weeks of traffic by region, each of shape (168,)."""

    def places(self, key: str, regions: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """What competitors bid at each place of each region, the first place first."""

    def create(self, key: str, campaigns: Sequence[NewCampaign]) -> None:
        """Create campaigns; a reference that exists already is left as it is."""

    def put_states(self, key: str, states: Mapping[int, str]) -> None:
        """Change states by the market's id."""

    def put_allowances(self, key: str, allowances: Mapping[int, int]) -> None:
        """Change what may be charged in all."""

    def put_bids(self, key: str, bids: Mapping[int, int]) -> None:
        """Change bids; 0 takes no part."""

    def close(self) -> None:
        """Close this thread's connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to bid for a store for a while."""

    store_id: str
    holder: str
    hours_from: datetime | None
    """Hours from then on are not stored yet as final; None when none is."""
    hours_read_at: datetime | None = None
    """When hours were read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyMove:
    """What one campaign's account of the ledger receives and gives in a tick; whole minor units, 0 or more."""

    campaign_id: str
    charge: int = 0
    release: int = 0
    reserve: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTick:
    """One campaign at this tick."""

    row: BiddingRow
    market: MarketCampaign
    day: Day
    ends: datetime
    """The end of the day or of the campaign, whichever comes first."""
    spent_before: int
    day_allowance: int
    allowance_since: datetime | None
    wanted_allowance: int
    move: MoneyMove
    idle: int
    """A `Reason` for not bidding, or -1."""
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """All campaigns of a store at this tick; `decided` once the money is known."""

    now: datetime
    report: MarketReport
    campaigns: Sequence[CampaignTick]
    weeks: Mapping[str, Floats]
    places: Mapping[str, Sequence[int]]
    decided: Decisions | None = None


class BidStore(Protocol):
    """The tables of bidding."""

    def stores_to_tick(self, *, now: datetime, ticked_before: datetime) -> Sequence[str]:
        """Stores that nobody bids for now and whose last tick is so long ago."""

    def acquire(
        self, store_id: str, holder: str, *, now: datetime, lasts_s: float, ticked_before: datetime
    ) -> Lease | None:
        """Take the lease of a store; None when another holds it, or has just ended a tick."""

    def end(
        self, lease: Lease, *, now: datetime, ticked_at: datetime | None, hours_from: datetime | None = None
    ) -> None:
        """End a lease, and store that the tick was completed where it was."""

    def read_key(self, store_id: str) -> str:
        """Return the store's API key, opened; `NotFound` when it has none."""

    def rows(self, store_id: str) -> Sequence[BiddingRow]:
        """Campaigns of a store that are not closed."""

    def commit(self, lease: Lease, tick: Tick) -> Tick:
        """Post the money, finish the tick with what could be reserved, and store it, all in one transaction.

        `Conflict` when the lease was lost meanwhile: nothing is stored then.
        """

    def pending(self, *, limit: int) -> Sequence[PendingRows]:
        """Rows on their way to ClickHouse."""

    def delete_pending(self, ids: Sequence[str]) -> None:
        """Forget rows that arrived."""

    def store_hours(self, store_id: str, hours: Sequence[MarketHour], *, at: datetime) -> None:
        """Put hours on their way to ClickHouse."""

    def rotate_keys(self) -> int:
        """Seal keys again that are sealed with an older key; how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRows:
    """An Arrow stream for a table of ClickHouse."""

    id: str
    table_name: str
    rows: bytes


class Limiter(Protocol):
    """The market's limit of requests per seller, over all processes."""

    def wait(self, store_id: str) -> None:
        """Wait for the store's next slot; `Overloaded` when it is too far off."""

    def delay(self, store_id: str, delay_s: float) -> None:
        """Send nothing of this store for a while, as the market asked."""


class Warehouse(Protocol):
    """The part of ClickHouse that rows are sent to."""

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Store an Arrow stream once for each token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    store: BidStore
    market: Market | None
    """None where no market is configured: nobody bids."""
    limiter: Limiter
    warehouse: Warehouse
    clock: Clock
    holder: str
    """This process, in leases."""
    probes: Probes = field(default_factory=dict)
