"""The bodies and queries top-ups accepts of members and providers, and how top-ups look outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from functions.top_ups import service
from functions.top_ups.ports import Deps
from shared.domain.accounts.users import MANAGER
from shared.domain.ads.top_ups import LARGEST, SMALLEST, TopUp, TopUpState
from shared.web import callers, http, paging

_REASON = Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$", description="kept in the audit trail")


class NewTopUp(BaseModel):
    """A top-up of a store."""

    model_config = ConfigDict(extra="forbid")
    store_id: UUID
    provider: str = Field(pattern="^[a-z]{1,20}$", description="stripe or yookassa, as far as they are configured")
    amount: int = Field(ge=SMALLEST, le=LARGEST, strict=True, description="minor units of XTS, a simulated currency")


class TopUpPage(BaseModel):
    """Query of a page of a store's top-ups, the latest first."""

    model_config = ConfigDict(extra="forbid")
    store_id: UUID
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class CasePage(BaseModel):
    """Query of a page of payments that wait for a person, the oldest first."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class Resolution(BaseModel):
    """What was done about a payment."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = _REASON


def create(deps: Deps) -> Response:
    """201 with the top-up; 202 while its provider does not answer."""
    caller, new = callers.caller(deps), http.read_body(NewTopUp)
    key = callers.idempotency_key(caller, "top-up", new.model_dump(mode="json"))
    top_up, replayed = service.create(caller, str(new.store_id), new.provider, new.amount, key, deps)
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    status = 202 if top_up.state is TopUpState.CREATED else 201
    return callers.private_json(_to_json(top_up), status, **headers)


def list_top_ups(deps: Deps) -> Response:
    """One page of a store's top-ups."""
    caller, page = callers.caller(deps), http.read_query(TopUpPage)
    before = paging.decode_id(page.cursor)
    top_ups = service.list_top_ups(caller, str(page.store_id), before=before, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_to_json(each) for each in top_ups], page.limit))


def show(top_up_id: str, deps: Deps) -> Response:
    """A top-up with its refunds."""
    top_up, refunds = service.read(callers.caller(deps), top_up_id, deps)
    return callers.private_json({**_to_json(top_up), "refunds": [asdict(each) for each in refunds]})


def check(top_up_id: str, deps: Deps) -> Response:
    """200 with the top-up as its provider knows it now."""
    return callers.private_json(_to_json(service.check(callers.caller(deps), top_up_id, deps)))


def receive(provider: str, deps: Deps) -> Response:
    """200 without a body, at once and whatever comes of it; 400 for what the provider did not send."""
    service.receive(provider, dict(request.headers), request.get_data(), callers.client_address(), deps)
    return Response(status=200)


def list_quarantine(deps: Deps) -> Response:
    """One page of the payments that do not fit."""
    caller, page = callers.caller(deps, role=MANAGER), http.read_query(CasePage)
    after = paging.decode_id(page.cursor)
    by = callers.actor(caller, operating=True)
    cases = service.list_quarantine(caller, by, after=after, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in cases], page.limit))


def resolve_quarantine(quarantine_id: str, deps: Deps) -> Response:
    """204."""
    caller = callers.caller(deps, role=MANAGER)
    reason = http.read_body(Resolution).reason
    service.resolve_quarantine(caller, callers.actor(caller, operating=True), quarantine_id, reason, deps)
    return http.no_content()


def _to_json(top_up: TopUp) -> dict[str, Any]:
    return {
        "id": top_up.id,
        "store_id": top_up.store_id,
        "provider": top_up.provider,
        "payment_id": top_up.payment_id,
        "state": top_up.state,
        "amount": top_up.amount,
        "refunded": top_up.refunded,
        "currency": top_up.currency,
        "flag": top_up.flag,
        "confirmation": top_up.confirmation if top_up.state is TopUpState.PENDING else "",
        "created_at": top_up.created_at,
        "expires_at": top_up.expires_at,
    }
