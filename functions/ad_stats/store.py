"""Campaigns that a user may see, in Postgres; hours and decisions in ClickHouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.ad_stats.service import Counts, Decision, Pacing, StoreCampaign
from shared.adapters.named_queries import queries
from shared.adapters.postgres import ads_stores, ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.ads.stores import Role
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.postgres.database import Postgres

_POSTGRES = Statements(Path(__file__).with_name("postgres_queries.sql"))
_CLICKHOUSE = queries(Path(__file__).with_name("queries.sql"))


class PostgresStoreCampaigns:
    """The part of the campaigns' table that statistics need."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def of_store(self, user_id: str, store_id: str) -> list[StoreCampaign]:
        """Campaigns of a store, deleted ones too, by id."""
        with self._database.connection() as connection:
            ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)
            return _POSTGRES.rows(connection, StoreCampaign, "campaigns_of_store", store_id=store_id)

    def require_campaign(self, user_id: str, campaign_id: str) -> None:
        """Return when the user may see a campaign."""
        with self._database.connection() as connection, ledger.map_refusals():
            store_id = _POSTGRES.value(connection, "store_of_campaign", campaign_id=campaign_id)
            try:
                ads_stores.require_role(connection, store_id or "", user_id, Role.VIEWER)
            except NotFound as exc:
                raise NotFound(f"campaign {campaign_id}") from exc


class ClickHouseAdStats:
    """The tables of hours and decisions."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def counts(
        self, campaign_ids: Sequence[str], by: str, begins: datetime, ends: datetime, *, zone: str, limit: int
    ) -> list[Counts]:
        """Sums by campaign, day or hour."""
        params = {"campaign_ids": list(campaign_ids), "begins": begins, "ends": ends, "limit": limit}
        if by == "day":
            params["zone"] = zone
        return self._warehouse.query_tuples(_CLICKHOUSE[f"by_{by}"], params, Counts)

    def pacing(self, campaign_ids: Sequence[str], *, since: datetime) -> list[Pacing]:
        """The latest decision of each campaign."""
        params = {"campaign_ids": list(campaign_ids), "begins": since}
        return self._warehouse.query_tuples(_CLICKHOUSE["pacing"], params, Pacing)

    def decisions(self, campaign_id: str, begins: datetime, before: datetime, *, limit: int) -> list[Decision]:
        """Decisions of a campaign, the latest first."""
        params = {"campaign_id": campaign_id, "begins": begins, "before": before, "limit": limit}
        return self._warehouse.query_tuples(_CLICKHOUSE["decisions"], params, Decision)
