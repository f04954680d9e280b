"""Campaigns, described for their OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.campaigns.edge import CampaignChanges, CampaignPage, MarketKey, NewCampaign, NewState, OfStore
from shared.web.openapi import IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, JSON, USER, Operation, no_content, ok


class Campaign(BaseModel):
    """A campaign; `bid` is what is bid now and `reason` why."""

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
    reserved: int
    bid: int
    reason: str


class ChangedCampaign(Campaign):
    """A campaign with the moment by which its change is in effect at the market."""

    effective_by: datetime


class Campaigns(BaseModel):
    """One page, the latest first."""

    items: list[Campaign]
    next: str | None


class StoredKey(BaseModel):
    """Whether a key is stored, and since when."""

    stored: bool
    added_at: datetime | None


OPERATIONS = {
    "list_campaigns": Operation(
        summary="Campaigns of a store", access=USER, query=CampaignPage, responses=ok(Campaigns), error_statuses=(404,)
    ),
    "create": Operation(
        summary="Create a campaign; contradictory fields are refused, money is simulated",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: NewCampaign},
        responses=ok(ChangedCampaign, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(404, 409, 422),
    ),
    "show": Operation(summary="A campaign", access=USER, responses=ok(Campaign), error_statuses=(404,)),
    "change": Operation(
        summary="Change some of its terms; what is not named stays",
        access=USER,
        body={JSON: CampaignChanges},
        responses=ok(ChangedCampaign),
        error_statuses=(404, 409),
    ),
    "set_state": Operation(
        summary="Pause or resume it",
        access=USER,
        body={JSON: NewState},
        responses=ok(ChangedCampaign),
        error_statuses=(404, 409),
    ),
    "delete": Operation(
        summary="Delete it; what it did not spend goes back once the market has settled",
        access=USER,
        responses=ok(ChangedCampaign),
        error_statuses=(404, 409),
    ),
    "put_market_key": Operation(
        summary="Store the API key that bids are sent with; it is encrypted and never shown again",
        access=USER,
        body={JSON: MarketKey},
        responses=no_content("It is stored."),
        error_statuses=(404,),
    ),
    "show_market_key": Operation(
        summary="Whether a key is stored", access=USER, query=OfStore, responses=ok(StoredKey), error_statuses=(404,)
    ),
    "delete_market_key": Operation(
        summary="Forget the key",
        access=USER,
        query=OfStore,
        responses=no_content("It is forgotten."),
        error_statuses=(404,),
    ),
}
