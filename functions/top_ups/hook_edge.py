"""The bodies and queries top-ups accepts of owners about hooks, and how endpoints look outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from functions.top_ups import hooks
from functions.top_ups.ports import Deps, Endpoint
from shared.web import callers, http, paging


class NewEndpoint(BaseModel):
    """An address that is told of a store's top-ups."""

    model_config = ConfigDict(extra="forbid")
    store_id: UUID
    url: str = Field(min_length=1, max_length=500, description="https://, at a public address")


class EndpointQuery(BaseModel):
    """Query of a store's endpoints."""

    model_config = ConfigDict(extra="forbid")
    store_id: UUID


class MessagePage(BaseModel):
    """Query of a page of messages, the latest first."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


def add_endpoint(deps: Deps) -> Response:
    """201 with the endpoint and its secret, which is shown here only."""
    caller, new = callers.caller(deps), http.read_body(NewEndpoint)
    endpoint, secret = hooks.add(caller, str(new.store_id), new.url, deps)
    return callers.private_json({**_to_json(endpoint), "secret": secret}, 201)


def list_endpoints(deps: Deps) -> Response:
    """Endpoints of a store."""
    caller, query = callers.caller(deps), http.read_query(EndpointQuery)
    endpoints = hooks.list_endpoints(caller, str(query.store_id), deps)
    return callers.private_json({"items": [_to_json(each) for each in endpoints]})


def remove_endpoint(endpoint_id: str, deps: Deps) -> Response:
    """204."""
    deps.hooks.remove(callers.caller(deps).user_id, endpoint_id)
    return http.no_content()


def rotate_secret(endpoint_id: str, deps: Deps) -> Response:
    """200 with the endpoint and its new secret."""
    endpoint, secret = hooks.rotate(callers.caller(deps), endpoint_id, deps)
    return callers.private_json({**_to_json(endpoint), "secret": secret})


def enable_endpoint(endpoint_id: str, deps: Deps) -> Response:
    """204."""
    deps.hooks.enable(callers.caller(deps).user_id, endpoint_id)
    return http.no_content()


def list_messages(endpoint_id: str, deps: Deps) -> Response:
    """One page of the messages to an endpoint."""
    caller, page = callers.caller(deps), http.read_query(MessagePage)
    before = paging.decode_id(page.cursor)
    messages = hooks.list_messages(caller, endpoint_id, before=before, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in messages], page.limit))


def _to_json(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "store_id": endpoint.store_id,
        "url": endpoint.url,
        "enabled": endpoint.disabled_at is None,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }
