"""How much of a campaign's money is reserved, allowed at the market, and given back. Whole minor units, simulated.

A campaign has an account of its own in the ledger. Money goes there from the store's funds before the market is
allowed to spend it, leaves it as settled spend, and goes back once the market can not charge it any more. So the
market's allowance (all it may charge in the campaign's life) never exceeds what was reserved: ``allowance <= charged +
balance``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.ads.stores import XTS
from shared.domain.money.ledger import AccountId, AccountType, Side

BUDGET = AccountType(name="budget", currency=XTS, normal_side=Side.CREDIT, minimum=0)
"""What is reserved for a campaign."""


class BudgetState(StrEnum):
    """Whether the day's money is reserved."""

    FUNDED = "funded"
    UNFUNDED = "unfunded"
    """The store's funds did not suffice, or the store is frozen."""


def budget_of(campaign_id: str) -> AccountId:
    """The account of a campaign's reserved money."""
    return BUDGET.account(f"campaigns/{campaign_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The money of one campaign, in totals over its life."""

    reserved: int = 0
    """Ever moved from the store's funds to the campaign."""
    released: int = 0
    """Ever moved back."""
    charged: int = 0
    """Settled spend that left the campaign's account."""
    allowance: int = 0
    """The market was last told to charge no more than this, in all."""

    @property
    def balance(self) -> int:
        """The account's balance in the ledger."""
        return self.reserved - self.released - self.charged

    @property
    def committed(self) -> int:
        """The largest allowance that is covered."""
        return self.reserved - self.released


def day_allowance(
    *, daily: int | None, total: int | None, spent_before: int, traffic_today: float, traffic_left: float
) -> int:
    """What a campaign may spend on a day.

    Parameters ---------- daily, total : budgets; None where there is none, never both. spent_before : spend of all
    days before. traffic_today, traffic_left : forecast of the day, and from its begin to the campaign's end; the total
    is spread by it.
    """
    left = None if total is None else max(total - spent_before, 0)
    if daily is not None:
        return daily if left is None else min(daily, left)
    assert left is not None
    share = min(1.0, traffic_today / traffic_left) if traffic_left > 0 else 1.0
    return min(left, int(left * share + 0.5))


def to_reserve(money: Money, *, wanted_allowance: int) -> int:
    """How much more must be reserved before the market may be allowed so much in all."""
    return max(wanted_allowance - money.committed, 0)


def to_release(money: Money, *, wanted_allowance: int, lowered_at: datetime | None, settled_until: datetime) -> int:
    """How much may go back to the store: what exceeds the allowance, once the market settled past its lowering.

    Until then clicks from before the lowering may still be charged, so nothing is released.
    """
    if lowered_at is None or settled_until < lowered_at or money.allowance > wanted_allowance:
        return 0
    return max(money.committed - max(money.allowance, money.charged, wanted_allowance), 0)
