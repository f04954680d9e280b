"""How much may be staked and paid, and the limits that bettors set themselves, which can be tightened at once only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.errors import InvalidInput

STAKE_MIN = 1
STAKE_MAX = 10_000
PAYOUT_MAX = 100_000
"""The most that one bet may pay."""
DAILY_STAKE_MAX = 50_000
"""The most that one user may stake on a day (UTC)."""
LOOSENING_DELAY = timedelta(days=7)
"""A higher limit of one's own begins only after this time, so that nobody raises it in the heat of a day."""
SELF_EXCLUSION_MAX = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfLimits:
    """What a bettor set for themselves; None is no limit of one's own."""

    daily_stake: int | None = None
    pending_daily_stake: int | None = None
    """The limit from `pending_from` on; None with a `pending_from` is none."""
    pending_from: datetime | None = None
    excluded_until: datetime | None = None

    def at(self, now: datetime) -> SelfLimits:
        """The limits with what is due by now."""
        if self.pending_from is None or now < self.pending_from:
            return self
        return replace(self, daily_stake=self.pending_daily_stake, pending_daily_stake=None, pending_from=None)

    def is_excluded(self, now: datetime) -> bool:
        """Whether the bettor may not bet."""
        return self.excluded_until is not None and now < self.excluded_until


def set_daily_stake(limits: SelfLimits, amount: int | None, *, now: datetime) -> SelfLimits:
    """Limit the stakes of a day: a lower limit at once, a higher one or none after `LOOSENING_DELAY`."""
    if amount is not None and amount < 0:
        raise InvalidInput("a limit cannot be negative", errors={"daily_stake": "must be 0 or more, or null"})
    limits = limits.at(now)
    if amount is not None and (limits.daily_stake is None or amount <= limits.daily_stake):
        return replace(limits, daily_stake=amount, pending_daily_stake=None, pending_from=None)
    if amount == limits.daily_stake:
        return replace(limits, pending_daily_stake=None, pending_from=None)
    return replace(limits, pending_daily_stake=amount, pending_from=now + LOOSENING_DELAY)


def exclude_self(limits: SelfLimits, until: datetime, *, now: datetime) -> SelfLimits:
    """Exclude oneself until a moment; an exclusion is never shortened."""
    if not now < until <= now + SELF_EXCLUSION_MAX:
        rule = f"must be within {SELF_EXCLUSION_MAX.days} days from now"
        raise InvalidInput(f"until {rule}", errors={"until": rule})
    return replace(limits, excluded_until=max(until, limits.excluded_until or until))
