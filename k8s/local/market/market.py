"""The market: campaigns of sellers, ticks, allowances, statistics that settle late. In memory; money is simulated.

What it promises its sellers:

- a bid is in effect from the next tick on, of several the last; a state from the next full minute on - statistics of a
tick are reported one to four ticks later and are not final: robots' clicks are taken out when the tick
  settles, `SETTLING_TICKS` after it; ``settled_until`` says what is final
- in a campaign's life no more is charged than the allowance in effect at the click. The market stops a campaign whose
  *reported* spend reaches it; clicks of the last ticks may come on top, and are not charged
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from k8s.local.market.auction import Auction, Floats, Ints, Outcome, prices_of_places, run_tick
from shared.domain.ads.traffic import HOURS_A_WEEK

TICK_S = 30
SETTLING_TICKS = 7
_INVALID_SHARE = 0.03
_HOURS_KEPT = 24 * 9
_COUNTS = ("impressions", "clicks", "spend", "orders", "revenue", "position_sum")
ACTIVE, PAUSED, ARCHIVED = "active", "paused", "archived"
STATES = (ACTIVE, PAUSED, ARCHIVED)


class Refused(Exception):
    """A request that the market does not accept, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Batch(NamedTuple):
    """A tick that is not settled yet."""

    tick: int
    outcome: Outcome
    allowance: Ints


@dataclass
class _Campaign:
    id: int
    seller: str
    reference: str
    name: str
    region: str
    state: str = PAUSED
    next_state: str = PAUSED
    state_from: int = 0
    """The tick from which `next_state` is in effect."""
    bid: int = 0
    next_bid: int = 0
    allowance: int = 0


@dataclass
class Market:
    """All sellers and campaigns; `advance` is the only thing that moves time."""

    rule: Auction
    weeks: Mapping[str, Floats]
    now: int
    """Seconds since 1970."""
    seed: int = 1
    tick_s: int = TICK_S
    campaigns: list[_Campaign] = field(default_factory=list)
    _by_reference: dict[tuple[str, str], _Campaign] = field(default_factory=dict)
    _by_seller: dict[str, list[_Campaign]] = field(default_factory=lambda: defaultdict(list))
    _reported: Ints = field(default_factory=lambda: np.zeros((0, len(_COUNTS)), np.int64))
    _charged: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    _delivered: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    _hours: dict[int, Ints] = field(default_factory=dict)
    _levels: dict[str, tuple[int, float]] = field(default_factory=dict)
    _due: dict[int, list[_Batch]] = field(default_factory=lambda: defaultdict(list))
    _settling: dict[int, _Batch] = field(default_factory=dict)

    def key_of(self, seller: str) -> str:
        """The API key of a seller."""
        digest = hmac.new(f"market {self.seed}".encode(), seller.encode(), hashlib.sha256).hexdigest()
        return f"{seller}.{digest[:32]}"

    def seller_of(self, key: str) -> str:
        """The seller of an API key; 401 for any other text."""
        seller = key.rpartition(".")[0]
        if not seller or not hmac.compare_digest(self.key_of(seller), key):
            raise Refused(401, "the API key is not valid")
        return seller

    def add(self, seller: str, reference: str, name: str, region: str) -> int:
        """Create a campaign, paused and without allowance; the same reference again is the same campaign."""
        if region not in self.weeks:
            raise Refused(400, f"region {region!r}: there is none")
        known = self._by_reference.get((seller, reference))
        if known is None:
            known = _Campaign(len(self.campaigns), seller, reference, name, region)
            self.campaigns.append(known)
            self._by_reference[seller, reference] = known
            self._by_seller[seller].append(known)
            if len(self.campaigns) > len(self._charged):
                self._grow()
        return known.id

    def set_state(self, seller: str, id: int, state: str) -> int:
        """Change a state from the next full minute on; that moment in seconds. An archived campaign stays so."""
        campaign = self._own(seller, id)
        if state not in STATES:
            raise Refused(400, f"state {state!r}: must be one of {', '.join(STATES)}")
        if campaign.next_state == ARCHIVED and state != ARCHIVED:
            raise Refused(409, f"campaign {id} is archived")
        ticks_a_minute = max(1, 60 // self.tick_s)
        campaign.next_state = state
        campaign.state_from = (self._tick // ticks_a_minute + 1) * ticks_a_minute
        return campaign.state_from * self.tick_s

    def set_allowance(self, seller: str, id: int, allowance: int) -> int:
        """Change the most that is charged in the campaign's life, from the next tick on."""
        if not 0 <= allowance <= 10**15:
            raise Refused(400, "allowance: must be from 0 to 10^15")
        self._own(seller, id).allowance = allowance
        return self._next_tick

    def set_bid(self, seller: str, id: int, bid: int) -> int:
        """Change a bid from the next tick on; 0 takes no part."""
        if not 0 <= bid <= 10**12:
            raise Refused(400, "bid: must be from 0 to 10^12")
        self._own(seller, id).next_bid = bid
        return self._next_tick

    def places(self, region: str) -> list[int]:
        """What competitors bid at each place of a region now."""
        return prices_of_places(self._level(region, self._tick))

    def statistics(self, seller: str, since: int | None) -> dict[str, Any]:
        """Totals of each campaign; from `since` in seconds also its hours."""
        own = self._by_seller[seller]
        first_hour = 2**62 if since is None else since // 3600
        hours = [
            self._hour_row(hour, each, rows[each.id])
            for hour, rows in sorted(self._hours.items())
            if hour >= first_hour
            for each in own
            if each.id < len(rows) and rows[each.id][0]
        ]
        return {
            "now": self.now,
            "settled_until": max(0, (self._tick - SETTLING_TICKS) * self.tick_s),
            "campaigns": [self._total_row(each) for each in own],
            "hours": hours,
        }

    def truth(self) -> list[dict[str, Any]]:
        """What nobody but a test may know: what was charged, and delivered beyond it, of every campaign."""
        return [
            {
                "id": each.id,
                "seller": each.seller,
                "reference": each.reference,
                "allowance": each.allowance,
                "charged": int(self._charged[each.id]),
                "delivered": int(self._delivered[each.id]),
            }
            for each in self.campaigns
        ]

    def advance(self, now: int) -> int:
        """Hold the auctions of every tick until a moment; their number."""
        n_ticks = 0
        while self._next_tick <= now:
            self.now = self._next_tick
            self._run_tick(self._tick)
            n_ticks += 1
        self.now = max(self.now, now)
        return n_ticks

    @property
    def _tick(self) -> int:
        return self.now // self.tick_s

    @property
    def _next_tick(self) -> int:
        return (self._tick + 1) * self.tick_s

    def _run_tick(self, tick: int) -> None:
        for batch in self._due.pop(tick, []):
            self._report(batch)
        if (batch_or_none := self._settling.pop(tick - SETTLING_TICKS, None)) is not None:
            self._settle(batch_or_none)
        for each in self.campaigns:
            each.bid = each.next_bid
            if each.state != each.next_state and tick >= each.state_from:
                each.state = each.next_state
        self._hours.pop(tick * self.tick_s // 3600 - _HOURS_KEPT, None)
        if self.campaigns:
            self._auction(tick)

    def _auction(self, tick: int) -> None:
        rng = np.random.default_rng([self.seed, tick])
        allowance = np.array([each.allowance for each in self.campaigns], np.int64)
        runs = np.array([each.state == ACTIVE for each in self.campaigns])
        bid = np.array([float(each.bid) for each in self.campaigns])
        # It stops on what it has counted so far, and takes no bid that would not fit.
        left = allowance - self._reported[: len(allowance), 2]
        taking_part = np.where(runs & (left >= bid), bid, 0.0)
        ids = np.arange(len(self.campaigns))
        levels = {region: self._level(region, tick) for region in self.weeks}
        shares = {region: self._share(region, tick) for region in self.weeks}
        outcome = run_tick(
            rng,
            self.rule,
            bid=taking_part,
            level=np.array([levels[each.region] for each in self.campaigns]),
            auctions=np.array([shares[each.region] for each in self.campaigns]) * (100_000 + 100_000 * (ids % 7)),
            click_rate=np.asarray(0.03 + 0.01 * (ids % 5), float),
            invalid_share=_INVALID_SHARE,
        )
        self._delivered[: len(allowance)] += outcome.spend - outcome.invalid_spend
        batch = _Batch(tick, outcome, allowance)
        self._due[tick + 1 + int(rng.integers(0, 4))].append(batch)
        self._settling[tick] = batch

    def _report(self, batch: _Batch) -> None:
        self._count(batch, _counts(batch.outcome))

    def _settle(self, batch: _Batch) -> None:
        """Take robots' clicks out, and charge the rest as far as the allowance of then goes."""
        outcome, n = batch.outcome, len(batch.allowance)
        valid = outcome.spend - outcome.invalid_spend
        charge = np.clip(np.minimum(valid, batch.allowance - self._charged[:n]), 0, None)
        self._charged[:n] += charge
        removed = np.zeros((n, len(_COUNTS)), np.int64)
        removed[:, 1], removed[:, 2] = outcome.invalid_clicks, outcome.spend - charge
        self._count(batch, -removed)

    def _count(self, batch: _Batch, counts: Ints) -> None:
        hour = batch.tick * self.tick_s // 3600
        rows = self._hours.get(hour)
        if rows is None or len(rows) < len(self.campaigns):
            grown = np.zeros((len(self.campaigns), len(_COUNTS)), np.int64)
            grown[: 0 if rows is None else len(rows)] = 0 if rows is None else rows
            self._hours[hour] = rows = grown
        rows[: len(counts)] += counts
        self._reported[: len(counts)] += counts

    def _level(self, region: str, tick: int) -> float:
        """The competitors' level: dearer in the evening, with a noise that lasts an hour."""
        hour = tick * self.tick_s // 3600
        known = self._levels.get(region)
        if known is not None and known[0] == hour:
            return known[1]
        name = int.from_bytes(hashlib.sha256(f"{self.seed} {region}".encode()).digest()[:4], "big")
        noise = np.random.default_rng([name, hour]).normal(0, 0.08)
        base = 30 + name % 60
        level = float(base * np.exp(0.1 * np.cos((hour % 24 - 20) * 2 * np.pi / 24) + noise))
        self._levels[region] = (hour, level)
        return level

    def _share(self, region: str, tick: int) -> float:
        """The tick's share of a week's traffic; 1970-01-01 was a Thursday, 72 hours after a Monday's midnight."""
        share = self.weeks[region][(tick * self.tick_s // 3600 + 72) % HOURS_A_WEEK]
        return float(share * self.tick_s / 3600)

    def _own(self, seller: str, id: int) -> _Campaign:
        if not 0 <= id < len(self.campaigns) or self.campaigns[id].seller != seller:
            raise Refused(404, f"campaign {id}: there is none")
        return self.campaigns[id]

    def _grow(self) -> None:
        """Make room for as many again."""
        more = max(64, len(self._charged))
        self._reported = np.vstack([self._reported, np.zeros((more, len(_COUNTS)), np.int64)])
        self._charged = np.append(self._charged, np.zeros(more, np.int64))
        self._delivered = np.append(self._delivered, np.zeros(more, np.int64))

    def _total_row(self, campaign: _Campaign) -> dict[str, Any]:
        row = {name: int(value) for name, value in zip(_COUNTS, self._reported[campaign.id], strict=True)}
        return {
            "id": campaign.id,
            "reference": campaign.reference,
            "state": campaign.next_state,
            "bid": campaign.next_bid,
            "allowance": campaign.allowance,
            "charged": int(self._charged[campaign.id]),
            **row,
        }

    def _hour_row(self, hour: int, campaign: _Campaign, counts: Ints) -> dict[str, Any]:
        row = {name: int(value) for name, value in zip(_COUNTS, counts, strict=True)}
        return {"id": campaign.id, "reference": campaign.reference, "hour": hour * 3600, **row}


def _counts(outcome: Outcome) -> Ints:
    position_sum = np.rint(outcome.position * outcome.impressions * 100).astype(np.int64)
    columns = (outcome.impressions, outcome.clicks, outcome.spend, outcome.orders, outcome.revenue, position_sum)
    return np.stack(columns, axis=1)
