"""Campaigns in Postgres, each change in one transaction with the check of the user's role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres import ads_stores, ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.ads import campaigns
from shared.domain.ads.campaigns import CAMPAIGNS_AT_MOST, Campaign, CampaignState, Target, Terms, check_state
from shared.domain.ads.stores import Role
from shared.domain.money.ledger import RequestKey
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.security.sealing import Sealer

_SQL = Statements(Path(__file__).with_name("queries.sql"))
_TERMS = tuple(each.name for each in fields(Terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _CampaignRow:
    id: str
    store_id: str
    name: str
    region: str
    zone: str
    daily_budget: int | None
    total_budget: int | None
    begins_at: datetime
    ends_at: datetime | None
    target: str
    position: int | None
    cost_per_click: int | None
    least_bid: int
    largest_bid: int
    state: str
    version: int
    created_at: datetime
    changed_at: datetime
    spent: int
    balance: int
    bid: int
    reason: int

    def campaign(self) -> Campaign:
        terms = {name: getattr(self, name) for name in _TERMS}
        return Campaign(
            id=self.id,
            store_id=self.store_id,
            terms=Terms(**{**terms, "target": Target(self.target)}),
            state=CampaignState(self.state),
            version=self.version,
            created_at=self.created_at,
            changed_at=self.changed_at,
            spent=self.spent,
            reserved=self.balance,
            bid=self.bid,
            reason=campaigns.REASONS[self.reason],
        )


class PostgresCampaigns:
    """The tables of campaigns."""

    def __init__(self, database: Postgres, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def add(
        self, user_id: str, store_id: str, terms: Terms, *, now: datetime, key: RequestKey
    ) -> tuple[Campaign, bool]:
        """Create a campaign; whether it is one that an earlier request with the same key created."""

        def work(connection: Connection) -> tuple[Campaign, bool]:
            ads_stores.require_role(connection, store_id, user_id, Role.BUYER)
            campaign_id = _SQL.value(connection, "new_id")
            if (earlier := ledger.claim(connection, key, campaign_id)) is not None:
                return _find(connection, earlier.transaction_id), True
            ads_stores.require_open(connection, store_id)
            _SQL.execute(connection, "lock_store", store_id=store_id)
            if _SQL.value(connection, "count", store_id=store_id) >= CAMPAIGNS_AT_MOST:
                raise Conflict(f"a store has at most {CAMPAIGNS_AT_MOST} campaigns: delete one")
            _SQL.execute(connection, "add", campaign_id=campaign_id, store_id=store_id, now=now, **asdict(terms))
            _SQL.execute(connection, "add_bidding", campaign_id=campaign_id, store_id=store_id)
            return _find(connection, campaign_id), False

        return self._database.transaction(work)

    def find(self, user_id: str, campaign_id: str) -> Campaign:
        """Return a campaign."""
        with self._database.connection() as connection:
            return _require(connection, user_id, campaign_id, Role.VIEWER)

    def list(self, user_id: str, store_id: str, *, before: str, limit: int) -> list[Campaign]:
        """Return campaigns of a store that are not deleted, the latest first."""
        with self._database.connection() as connection:
            ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)
            rows = _SQL.rows(connection, _CampaignRow, "list", store_id=store_id, before=before, limit=limit)
        return [row.campaign() for row in rows]

    def change(self, user_id: str, campaign_id: str, changes: Mapping[str, Any], *, now: datetime) -> Campaign:
        """Change some of its terms."""

        def work(connection: Connection) -> Campaign:
            campaign = _lock(connection, user_id, campaign_id)
            check_state(campaign.state, campaign.state)
            terms = campaigns.change(campaign.terms, dict(changes), spent=campaign.spent)
            return _store(connection, replace(campaign, terms=terms), now)

        return self._database.transaction(work)

    def set_state(self, user_id: str, campaign_id: str, state: CampaignState, *, now: datetime) -> Campaign:
        """Pause, resume or delete a campaign; the state it has already changes nothing."""

        def work(connection: Connection) -> Campaign:
            campaign = _lock(connection, user_id, campaign_id)
            if campaign.state is state:
                return campaign
            check_state(campaign.state, state)
            return _store(connection, replace(campaign, state=state), now)

        return self._database.transaction(work)

    def put_market_key(self, user_id: str, store_id: str, api_key: str, *, now: datetime) -> None:
        """Seal and store the API key of a store at the market."""

        def work(connection: Connection) -> None:
            ads_stores.require_role(connection, store_id, user_id, Role.OWNER)
            sealed, key_id = self._sealer.seal(api_key, owner=store_id), self._sealer.key_id
            _SQL.execute(connection, "put_key", store_id=store_id, key_id=key_id, sealed=sealed, now=now)

        self._database.transaction(work)

    def market_key_added_at(self, user_id: str, store_id: str) -> datetime | None:
        """Return when the store's key was added."""
        with self._database.connection() as connection:
            ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)
            added_at: datetime | None = _SQL.value(connection, "key_added_at", store_id=store_id)
        return added_at

    def delete_market_key(self, user_id: str, store_id: str) -> None:
        """Forget the store's key."""

        def work(connection: Connection) -> None:
            ads_stores.require_role(connection, store_id, user_id, Role.OWNER)
            _SQL.execute(connection, "delete_key", store_id=store_id)

        self._database.transaction(work)


def _find(connection: Connection, campaign_id: str) -> Campaign:
    with ledger.map_refusals():
        row = _SQL.row(connection, _CampaignRow, "find", campaign_id=campaign_id)
    if row is None:
        raise NotFound(f"campaign {campaign_id}")
    return row.campaign()


def _require(connection: Connection, user_id: str, campaign_id: str, role: Role) -> Campaign:
    """The campaign, where the user has the role; of others' campaigns nobody learns that they exist."""
    campaign = _find(connection, campaign_id)
    try:
        ads_stores.require_role(connection, campaign.store_id, user_id, role)
    except NotFound as exc:
        raise NotFound(f"campaign {campaign_id}") from exc
    return campaign


def _lock(connection: Connection, user_id: str, campaign_id: str) -> Campaign:
    with ledger.map_refusals():
        _SQL.execute(connection, "lock", campaign_id=campaign_id)
    return _require(connection, user_id, campaign_id, Role.BUYER)


def _store(connection: Connection, campaign: Campaign, now: datetime) -> Campaign:
    _SQL.execute(connection, "update", campaign_id=campaign.id, state=campaign.state, now=now, **asdict(campaign.terms))
    return _find(connection, campaign.id)
