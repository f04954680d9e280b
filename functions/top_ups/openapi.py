"""Top-ups, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from functions.top_ups.edge import CasePage, NewTopUp, Resolution, TopUpPage
from functions.top_ups.hook_edge import EndpointQuery, MessagePage, NewEndpoint
from shared.web.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    JSON,
    MANAGER,
    USER,
    Operation,
    ResponseSpec,
    event_operation,
    no_content,
    ok,
)


class TopUpShown(BaseModel):
    """A top-up; amounts are minor units of XTS, a simulated currency."""

    id: str
    store_id: str
    provider: str
    payment_id: str
    state: str
    amount: int
    refunded: int
    currency: str
    flag: str
    confirmation: str
    created_at: datetime
    expires_at: datetime


class RefundOfTopUp(BaseModel):
    """A refund."""

    id: str
    amount: int
    state: str


class TopUpWithRefunds(TopUpShown):
    """A top-up with its refunds."""

    refunds: list[RefundOfTopUp]


class TopUpsShown(BaseModel):
    """One page, the latest first."""

    items: list[TopUpShown]
    next: str | None


class CaseShown(BaseModel):
    """A payment that does not fit its top-up."""

    id: str
    provider: str
    payment_id: str
    top_up_id: str
    reason: str
    payment: dict[str, Any]
    seen_at: datetime


class Cases(BaseModel):
    """One page, the oldest first."""

    items: list[CaseShown]
    next: str | None


class EndpointShown(BaseModel):
    """An address that is told of a store's top-ups."""

    id: str
    store_id: str
    url: str
    enabled: bool
    disabled_reason: str
    failing_since: datetime | None
    created_at: datetime


class EndpointWithSecret(EndpointShown):
    """With what its messages are signed with, by Standard Webhooks; shown once."""

    secret: str


class Endpoints(BaseModel):
    """Endpoints of a store."""

    items: list[EndpointShown]


class MessageShown(BaseModel):
    """A message to an endpoint."""

    id: str
    kind: str
    created_at: datetime
    n_tries: int
    delivered_at: datetime | None
    next_try_at: datetime | None
    last_error: str


class Messages(BaseModel):
    """One page, the latest first."""

    items: list[MessageShown]
    next: str | None


_WAITS = ResponseSpec(description="The provider does not answer yet; it is asked again.", content={JSON: TopUpShown})

OPERATIONS = {
    "create": Operation(
        summary="Ask a payment provider for a payment that tops up a store",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: NewTopUp},
        responses={**ok(TopUpShown, status=201, **IDEMPOTENCY_REPLAYED), 202: _WAITS},
        error_statuses=(404, 409, 422),
    ),
    "list_top_ups": Operation(
        summary="Top-ups of a store",
        access=USER,
        query=TopUpPage,
        responses=ok(TopUpsShown),
        error_statuses=(403, 404),
    ),
    "show": Operation(summary="A top-up", access=USER, responses=ok(TopUpWithRefunds), error_statuses=(403,)),
    "check": Operation(
        summary="Ask the provider about a top-up now", access=USER, responses=ok(TopUpShown), error_statuses=(409,)
    ),
    "receive": Operation(
        summary="Take a webhook of a payment provider",
        body={JSON: Any},
        responses={200: ResponseSpec(description="Taken.")},
        error_statuses=(404,),
    ),
    "list_quarantine": Operation(
        summary="Payments that do not fit their top-ups", access=MANAGER, query=CasePage, responses=ok(Cases)
    ),
    "resolve_quarantine": Operation(
        summary="Close the case of a payment",
        access=MANAGER,
        body={JSON: Resolution},
        responses=no_content("It is closed."),
    ),
    "add_endpoint": Operation(
        summary="Tell an address of a store's top-ups, by Standard Webhooks",
        access=USER,
        body={JSON: NewEndpoint},
        responses=ok(EndpointWithSecret, status=201),
        error_statuses=(404, 409),
    ),
    "list_endpoints": Operation(
        summary="Endpoints of a store",
        access=USER,
        query=EndpointQuery,
        responses=ok(Endpoints),
        error_statuses=(403, 404),
    ),
    "remove_endpoint": Operation(
        summary="Remove an endpoint with its messages", access=USER, responses=no_content("It is removed.")
    ),
    "rotate_secret": Operation(
        summary="A new secret; the one before signs beside it for a day",
        access=USER,
        responses=ok(EndpointWithSecret),
    ),
    "enable_endpoint": Operation(
        summary="Enable an endpoint that was disabled", access=USER, responses=no_content("It is enabled.")
    ),
    "list_messages": Operation(
        summary="Messages to an endpoint",
        access=USER,
        query=MessagePage,
        responses=ok(Messages),
        error_statuses=(403,),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Do what the clock asks for: ask, deliver, forget"),
}
