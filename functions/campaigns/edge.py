"""The bodies and queries campaigns accepts, and how a campaign looks outside. Money is simulated, in minor units."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.campaigns import service
from functions.campaigns.service import Deps
from shared.domain.ads.campaigns import (
    LARGEST_MONEY,
    LEAST_BUDGET,
    NAME_LENGTH,
    POSITIONS,
    Campaign,
    CampaignState,
    Target,
    Terms,
    effective_by,
)
from shared.errors import InvalidInput
from shared.web import callers, http, paging

_STORE = Field(max_length=36, description="the store's id")
_NAME = Field(min_length=1, max_length=NAME_LENGTH)
_BUDGET = Field(ge=LEAST_BUDGET, le=LARGEST_MONEY, description="minor units of the simulated currency")
_BID = Field(ge=1, le=LARGEST_MONEY)


class NewCampaign(BaseModel):
    """A campaign to be created; it begins now unless it says when."""

    model_config = ConfigDict(extra="forbid", strict=True)
    store_id: str = _STORE
    name: str = _NAME
    region: str = Field(min_length=1, max_length=100, description="a region of the market")
    zone: str = Field(min_length=1, max_length=60, description="IANA; the daily budget begins at its midnights")
    daily_budget: int | None = Field(default=None, ge=LEAST_BUDGET, le=LARGEST_MONEY)
    total_budget: int | None = Field(default=None, ge=LEAST_BUDGET, le=LARGEST_MONEY)
    begins_at: AwareDatetime | None = Field(default=None, strict=False)
    ends_at: AwareDatetime | None = Field(default=None, strict=False)
    target: Target = Field(default=Target.CLICKS, strict=False)
    position: int | None = Field(default=None, ge=1, le=POSITIONS)
    cost_per_click: int | None = Field(default=None, ge=1, le=LARGEST_MONEY)
    least_bid: int = _BID
    largest_bid: int = _BID


class CampaignChanges(BaseModel):
    """Fields to change; what is not named stays. null takes a budget, an end or a target's number away."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = Field(default="", min_length=1, max_length=NAME_LENGTH)
    zone: str = Field(default="", min_length=1, max_length=60)
    daily_budget: int | None = Field(default=None, ge=LEAST_BUDGET, le=LARGEST_MONEY)
    total_budget: int | None = Field(default=None, ge=LEAST_BUDGET, le=LARGEST_MONEY)
    ends_at: AwareDatetime | None = Field(default=None, strict=False)
    target: Target = Field(default=Target.CLICKS, strict=False)
    position: int | None = Field(default=None, ge=1, le=POSITIONS)
    cost_per_click: int | None = Field(default=None, ge=1, le=LARGEST_MONEY)
    least_bid: int = Field(default=1, ge=1, le=LARGEST_MONEY)
    largest_bid: int = Field(default=1, ge=1, le=LARGEST_MONEY)


class NewState(BaseModel):
    """The state a campaign shall have."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["active", "paused"]


class MarketKey(BaseModel):
    """The API key of a store at the market; it is sealed, and never shown again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    store_id: str = _STORE
    api_key: str = Field(min_length=8, max_length=500, pattern=r"^[\x21-\x7e]+$")


class OfStore(BaseModel):
    """Query that names a store."""

    model_config = ConfigDict(extra="forbid")
    store_id: str = _STORE


class CampaignPage(OfStore):
    """Query of a page of a store's campaigns."""

    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


def list_campaigns(deps: Deps) -> Response:
    """One page, the latest first."""
    caller, page = callers.caller(deps), http.read_query(CampaignPage)
    before = paging.decode_id(page.cursor)
    campaigns = deps.campaigns.list(caller.user_id, page.store_id, before=before, limit=page.limit + 1)
    return callers.private_json(paging.page_by_id([to_json(each) for each in campaigns], page.limit))


def create(deps: Deps) -> Response:
    """201 with the campaign and the moment by which it bids."""
    caller, new = callers.caller(deps), http.read_body(NewCampaign)
    key = callers.idempotency_key(caller, "campaign", new.model_dump(mode="json"))
    now = deps.clock.now()
    terms = Terms(**{**new.model_dump(exclude={"store_id"}), "begins_at": _moment(new.begins_at) or now})
    campaign, replayed = service.create(caller, new.store_id, terms, key, deps)
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return callers.private_json(_changed(campaign), 201, **headers)


def show(campaign_id: str, deps: Deps) -> Response:
    """A campaign."""
    return callers.private_json(to_json(deps.campaigns.find(callers.caller(deps).user_id, campaign_id)))


def change(campaign_id: str, deps: Deps) -> Response:
    """The campaign after the change, and the moment by which it is in effect."""
    caller, changes = callers.caller(deps), http.read_body(CampaignChanges)
    named = {name: _moment(value) for name, value in changes.model_dump(exclude_unset=True).items()}
    return callers.private_json(_changed(service.change(caller, campaign_id, named, deps)))


def set_state(campaign_id: str, deps: Deps) -> Response:
    """The campaign, active or paused."""
    caller, new = callers.caller(deps), http.read_body(NewState)
    return callers.private_json(_changed(service.set_state(caller, campaign_id, CampaignState(new.state), deps)))


def delete(campaign_id: str, deps: Deps) -> Response:
    """The deleted campaign; what it did not spend is released once the market has settled."""
    caller = callers.caller(deps)
    return callers.private_json(_changed(service.set_state(caller, campaign_id, CampaignState.DELETED, deps)))


def put_market_key(deps: Deps) -> Response:
    """204."""
    caller, new = callers.caller(deps), http.read_body(MarketKey)
    deps.campaigns.put_market_key(caller.user_id, new.store_id, new.api_key, now=deps.clock.now())
    return http.no_content()


def show_market_key(deps: Deps) -> Response:
    """Whether there is one and since when, never the key."""
    caller, query = callers.caller(deps), http.read_query(OfStore)
    added_at = deps.campaigns.market_key_added_at(caller.user_id, query.store_id)
    return callers.private_json({"stored": added_at is not None, "added_at": added_at})


def delete_market_key(deps: Deps) -> Response:
    """204; nobody bids for the store from then on."""
    caller, query = callers.caller(deps), http.read_query(OfStore)
    deps.campaigns.delete_market_key(caller.user_id, query.store_id)
    return http.no_content()


def to_json(campaign: Campaign) -> dict[str, Any]:
    """A campaign as JSON, flat."""
    return {
        "id": campaign.id,
        "store_id": campaign.store_id,
        **asdict(campaign.terms),
        "state": campaign.state,
        "version": campaign.version,
        "created_at": campaign.created_at,
        "changed_at": campaign.changed_at,
        "spent": campaign.spent,
        "reserved": campaign.reserved,
        "bid": campaign.bid,
        "reason": campaign.reason,
    }


def _changed(campaign: Campaign) -> dict[str, Any]:
    return {**to_json(campaign), "effective_by": effective_by(campaign.changed_at)}


def _moment(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if not 2000 <= value.year <= 2200:
        raise InvalidInput("a moment is out of range", errors={"begins_at": "must be from 2000 to 2200"})
    return value.astimezone(UTC)
