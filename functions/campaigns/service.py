"""Owners' campaigns: create, change, pause, delete; and the API key that bids are sent with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.domain.ads import campaigns
from shared.domain.ads.campaigns import Campaign, CampaignState, Terms
from shared.domain.money.ledger import RequestKey
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Caller, Tokens


class Campaigns(Protocol):
    """The table of campaigns; every method checks the user's role in the store, in the same transaction.

    Raises
    ------
    NotFound : there is no such campaign or store, or the user is no member of it.
    Forbidden : their role in the store is too low.
    """

    def add(
        self, user_id: str, store_id: str, terms: Terms, *, now: datetime, key: RequestKey
    ) -> tuple[Campaign, bool]:
        """Create a campaign; whether it is one that an earlier request with the same key created."""

    def find(self, user_id: str, campaign_id: str) -> Campaign:
        """Return a campaign."""

    def list(self, user_id: str, store_id: str, *, before: str, limit: int) -> Sequence[Campaign]:
        """Return campaigns of a store, the latest first."""

    def change(self, user_id: str, campaign_id: str, changes: Mapping[str, Any], *, now: datetime) -> Campaign:
        """Change some of its terms; errors as `campaigns.change`."""

    def set_state(self, user_id: str, campaign_id: str, state: CampaignState, *, now: datetime) -> Campaign:
        """Pause, resume or delete a campaign; `Conflict` when it is deleted."""

    def put_market_key(self, user_id: str, store_id: str, api_key: str, *, now: datetime) -> None:
        """Seal and store the API key of a store at the market; owners only."""

    def market_key_added_at(self, user_id: str, store_id: str) -> datetime | None:
        """Return when the store's key was added; None without one. The key itself is never shown again."""

    def delete_market_key(self, user_id: str, store_id: str) -> None:
        """Forget the store's key; owners only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    campaigns: Campaigns
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


def create(caller: Caller, store_id: str, terms: Terms, key: RequestKey, deps: Deps) -> tuple[Campaign, bool]:
    """Create a campaign whose terms agree with each other."""
    return deps.campaigns.add(caller.user_id, store_id, campaigns.check(terms), now=deps.clock.now(), key=key)


def change(caller: Caller, campaign_id: str, changes: Mapping[str, Any], deps: Deps) -> Campaign:
    """Change what is named; the whole is checked as on creation."""
    return deps.campaigns.change(caller.user_id, campaign_id, changes, now=deps.clock.now())


def set_state(caller: Caller, campaign_id: str, state: CampaignState, deps: Deps) -> Campaign:
    """Pause, resume or delete."""
    return deps.campaigns.set_state(caller.user_id, campaign_id, state, now=deps.clock.now())
