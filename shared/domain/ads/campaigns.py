"""Campaigns: what their owners set, and which settings contradict each other. Money is simulated, in minor units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from shared.domain.ads.days import find_zone
from shared.errors import Conflict, InvalidInput

NAME_LENGTH = 100
LEAST_BUDGET = 100
"""The market's minimum for a day: 1.00."""
LARGEST_MONEY = 10**12
POSITIONS = 10
"""Places a page has."""
LONGEST = timedelta(days=366)
STATUS_DELAY = timedelta(seconds=60)
"""The market makes changes of status effective each minute."""
BID_DELAY = timedelta(seconds=30)
"""The market makes bids effective each half minute."""
SWEEP = timedelta(seconds=30)
"""Campaigns are looked at as often."""
CAMPAIGNS_AT_MOST = 1_000
"""Campaigns of one store that are not deleted."""


class Reason(IntEnum):
    """The constraint that decided a bid."""

    PACING = 0
    """The budget's curve."""
    POSITION = 1
    """The wanted position costs less than pacing would bid."""
    COST_CAP = 2
    """The largest cost per click."""
    LEAST_BID = 3
    LARGEST_BID = 4
    BUDGET_SPENT = 5
    """Nothing is left of the day's or the whole budget: no bid."""
    PAUSED = 6
    OUTSIDE_SCHEDULE = 7
    UNFUNDED = 8
    """The store has no money to reserve: no bid."""


REASONS = {int(reason): reason.name.lower().replace("_", "-") for reason in Reason}
"""As they are shown and stored."""


class Target(StrEnum):
    """What a campaign's bids aim at."""

    CLICKS = "clicks"
    """As many clicks as the budget buys."""
    POSITION = "position"
    COST_PER_CLICK = "cost-per-click"


class CampaignState(StrEnum):
    """The state its owner gave it; whether it bids now also depends on schedule and money."""

    ACTIVE = "active"
    PAUSED = "paused"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything an owner sets."""

    name: str
    region: str
    zone: str
    """IANA; days of the budget begin at its midnights."""
    daily_budget: int | None
    total_budget: int | None
    begins_at: datetime
    ends_at: datetime | None
    target: Target
    position: int | None
    cost_per_click: int | None
    least_bid: int
    largest_bid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as it is stored."""

    id: str
    store_id: str
    terms: Terms
    state: CampaignState
    version: int
    created_at: datetime
    changed_at: datetime
    spent: int = 0
    """Settled and unsettled spend that the market reported."""
    reserved: int = 0
    """The balance of its account: reserved and not charged yet."""
    bid: int = 0
    reason: str = ""


def check(terms: Terms) -> Terms:
    """Return terms that agree with each other; `InvalidInput` names every field that contradicts another.

    The same check runs on create and on update, over the whole of what would be stored, so an update can not get past a
    rule by leaving a field out.
    """
    faults: dict[str, str] = {}
    _check_budget(terms, faults)
    _check_schedule(terms, faults)
    _check_target(terms, faults)
    _check_bids(terms, faults)
    if faults:
        raise InvalidInput(f"the campaign contradicts itself: {', '.join(sorted(faults))}", errors=faults)
    find_zone(terms.zone)
    return terms


def change(terms: Terms, changes: dict[str, Any], *, spent: int) -> Terms:
    """The terms after an update of some fields; those that are not named stay, a cap is never lifted by its absence.

    Raises
    ------
    InvalidInput : as `check`, or there is nothing to change.
    Conflict : the total would fall below what is spent.
    """
    if not changes:
        raise InvalidInput("name at least one field to change")
    changed = check(replace(terms, **changes))
    if "total_budget" in changes and changed.total_budget is not None and changed.total_budget < spent:
        raise Conflict(f"the total budget cannot be less than the {spent} that are spent")
    return changed


def check_state(before: CampaignState, after: CampaignState) -> None:
    """Return when a state may follow another; `Conflict` for one that is deleted."""
    if before is CampaignState.DELETED:
        raise Conflict(f"the campaign is deleted and cannot become {after}")


def effective_by(now: datetime) -> datetime:
    """The moment by which a change is in effect at the market: the next sweep, and the market's own delay."""
    return (now + SWEEP + max(STATUS_DELAY, BID_DELAY)).astimezone(UTC)


def _check_budget(terms: Terms, faults: dict[str, str]) -> None:
    if terms.daily_budget is None and terms.total_budget is None:
        faults["daily_budget"] = "give a daily budget, a total budget, or both"
    if terms.daily_budget is None and terms.total_budget is not None and terms.ends_at is None:
        faults["ends_at"] = "a total budget without a daily one is spread until an end: give one"
    if terms.daily_budget is not None and terms.total_budget is not None and terms.daily_budget > terms.total_budget:
        faults["daily_budget"] = "exceeds the total budget"
    for name in ("daily_budget", "total_budget"):
        value = getattr(terms, name)
        if value is not None and not LEAST_BUDGET <= value <= LARGEST_MONEY:
            faults[name] = f"must be from {LEAST_BUDGET} to {LARGEST_MONEY}"
    smallest = min(each for each in (terms.daily_budget, terms.total_budget, LARGEST_MONEY) if each is not None)
    if terms.least_bid > smallest:
        faults["least_bid"] = "exceeds the budget: one click would"


def _check_schedule(terms: Terms, faults: dict[str, str]) -> None:
    if terms.ends_at is not None and terms.ends_at <= terms.begins_at:
        faults["ends_at"] = "must be after begins_at"
    elif terms.ends_at is not None and terms.ends_at - terms.begins_at > LONGEST:
        faults["ends_at"] = f"must be at most {LONGEST.days} days after begins_at"


def _check_target(terms: Terms, faults: dict[str, str]) -> None:
    for target, name in ((Target.POSITION, "position"), (Target.COST_PER_CLICK, "cost_per_click")):
        value = getattr(terms, name)
        if terms.target is target and value is None:
            faults[name] = f"the target {target} needs it"
        if terms.target is not target and value is not None:
            faults[name] = f"would be ignored: the target is {terms.target}"
    if terms.position is not None and not 1 <= terms.position <= POSITIONS:
        faults["position"] = f"must be from 1 to {POSITIONS}"
    if terms.cost_per_click is not None and terms.cost_per_click < terms.least_bid:
        faults["cost_per_click"] = "is below the least bid"


def _check_bids(terms: Terms, faults: dict[str, str]) -> None:
    if terms.least_bid < 1:
        faults["least_bid"] = "must be 1 or more"
    if terms.largest_bid < terms.least_bid:
        faults["largest_bid"] = "is below the least bid"
    if terms.largest_bid > LARGEST_MONEY:
        faults["largest_bid"] = f"must be at most {LARGEST_MONEY}"
