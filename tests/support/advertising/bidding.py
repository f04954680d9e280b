"""A market process, campaigns, and bidding over real stores by the market's clock. All money is simulated."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from functions.campaigns.store import PostgresCampaigns
from functions.place_bids.market import HttpMarket
from functions.place_bids.ports import Deps, Limiter
from functions.place_bids.store import PostgresBids, PostgresLimiter
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres import ledger
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.campaigns import Campaign, Target, Terms
from shared.domain.ads.spending import budget_of
from shared.domain.money.ledger import RequestKey
from shared.errors import NotFound
from shared.security.sealing import Sealer
from tests.support.advertising.stores import make_store
from tests.support.reference import ROOT

SEALING_KEYS = (("s1", "seal" * 8),)
BEGIN = datetime(2026, 10, 23, 12, tzinfo=UTC)
"""A Friday before clocks go back in Europe."""
REGION = "generated-0"


@dataclass(frozen=True, slots=True)
class MarketProcess:
    """A stand-in market on loopback whose clock stands still until it is moved."""

    url: str

    def control(self, method: str, path: str, **content: Any) -> Any:
        """Ask what only a test may."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, f"/standin/{path}", json.dumps(content) if content else None)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def now(self) -> datetime:
        """The market's time."""
        return datetime.fromtimestamp(self.control("GET", "clock")["now"], UTC)

    def advance(self, by: timedelta) -> datetime:
        """Let time pass; the time then."""
        answer = self.control("POST", "clock", advance_s=int(by.total_seconds()))
        return datetime.fromtimestamp(answer["now"], UTC)

    def key_of(self, seller: str) -> str:
        """The API key of a seller."""
        return str(self.control("POST", "sellers", seller=seller)["key"])

    def truth(self) -> dict[str, Any]:
        """What was really charged, by our ids."""
        return {each["reference"]: each for each in self.control("GET", "truth")["campaigns"]}


class MarketClock:
    """The clock of functions in a simulation: the market's."""

    def __init__(self, market: MarketProcess) -> None:
        self._market = market

    def now(self) -> datetime:
        return self._market.now()


@contextmanager
def running_market(
    *, begin: datetime = BEGIN, auction: str = "first-price", tick_s: int = 30, limited: bool = False
) -> Iterator[MarketProcess]:
    """A market, ended with the block."""
    command = [sys.executable, "-m", "k8s.local.market", "--port", "0", "--speed", "0", "--auction", auction]
    command += ["--now", str(int(begin.timestamp())), "--tick-s", str(tick_s)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        market = MarketProcess(json.loads(process.stdout.readline())["url"])
        if not limited:
            market.control("POST", "limits", limited=False)
        yield market
    finally:
        process.kill()
        process.communicate()


def terms(**changes: Any) -> Terms:
    """A campaign for clicks with 50.00 a day."""
    plain = Terms(
        name="Boots (simulated)",
        region=REGION,
        zone="Etc/UTC",
        daily_budget=5_000,
        total_budget=None,
        begins_at=BEGIN,
        ends_at=None,
        target=Target.CLICKS,
        position=None,
        cost_per_click=None,
        least_bid=5,
        largest_bid=500,
    )
    return replace(plain, **changes)


@dataclass(frozen=True, slots=True)
class Advertiser:
    """A store with an owner and an API key at the market."""

    store_id: str
    owner: str
    campaigns: PostgresCampaigns

    def add(self, **changes: Any) -> Campaign:
        """Create a campaign."""
        key = RequestKey(scope=f"users/{self.owner}/campaign", key=uuid.uuid4().hex, sha256=b"x" * 32)
        return self.campaigns.add(self.owner, self.store_id, terms(**changes), now=BEGIN, key=key)[0]


def make_advertiser(database: Postgres, market: MarketProcess, money: int) -> Advertiser:
    """An advertiser with so much money."""
    owner = str(uuid.uuid4())
    store = make_store(database, money, owner=owner)
    campaigns = PostgresCampaigns(database, Sealer(SEALING_KEYS))
    campaigns.put_market_key(owner, store.id, market.key_of(store.id), now=BEGIN)
    return Advertiser(store.id, owner, campaigns)


def bidding_deps(
    database: Postgres, clickhouse_url: str, market: MarketProcess, *, holder: str = "test", requests_per_s: float = 0
) -> Deps:
    """Place-bids over real stores, by the market's clock."""
    limiter: Limiter = PostgresLimiter(database, requests_per_s)
    return Deps(
        store=PostgresBids(database, Sealer(SEALING_KEYS)),
        market=HttpMarket(market.url),
        limiter=limiter,
        warehouse=ClickHouse(clickhouse_url),
        clock=MarketClock(market),
        holder=holder,
    )


def budget_balance(database: Postgres, campaign_id: str) -> int:
    """The balance of a campaign's account; 0 before it is opened."""
    with database.connection() as connection:
        try:
            return ledger.balance(connection, budget_of(campaign_id)).posted
        except NotFound:
            return 0


def bidding_rows(database: Postgres) -> Mapping[str, Mapping[str, Any]]:
    """What bidding stored of every campaign, by id."""
    with database.connection() as connection:
        cursor = connection.execute(
            b"SELECT campaign_id::text, store_id::text, reserved, released, charged, allowance, spent, bid, reason,"
            b" closed, day_allowance FROM ads_bidding"
        )
        names = [each.name for each in cursor.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
