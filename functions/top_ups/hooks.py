"""Use cases of hooks: endpoints of stores, and the delivery of messages to them by Standard Webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from functions.top_ups.ports import Delivery, Deps, Endpoint, Message
from shared.domain.ads.hooks import secret_of
from shared.errors import InvalidInput, Unavailable
from shared.security.tokens import Caller

AT_ONCE = 100
SLOWEST = 5
"""Endpoints that do not answer, after which the others wait for the next clock."""
GONE = 410


def add(caller: Caller, store_id: str, url: str, deps: Deps) -> tuple[Endpoint, str]:
    """A new endpoint and its secret."""
    deps.posts.check(url)
    endpoint = deps.hooks.add(caller.user_id, store_id, url, now=deps.clock.now())
    return endpoint, secret(endpoint.id, endpoint.generation, deps)


def rotate(caller: Caller, endpoint_id: str, deps: Deps) -> tuple[Endpoint, str]:
    """A new secret of an endpoint; the one before signs beside it for a day."""
    endpoint = deps.hooks.rotate(caller.user_id, endpoint_id, now=deps.clock.now())
    return endpoint, secret(endpoint.id, endpoint.generation, deps)


def list_endpoints(caller: Caller, store_id: str, deps: Deps) -> Sequence[Endpoint]:
    """Endpoints of a store."""
    return deps.hooks.list_of(caller.user_id, store_id)


def list_messages(caller: Caller, endpoint_id: str, *, before: str, limit: int, deps: Deps) -> Sequence[Message]:
    """Messages to an endpoint, the latest first."""
    return deps.hooks.messages(caller.user_id, endpoint_id, before=before, limit=limit)


def deliver_due(deps: Deps) -> None:
    """Send what is due; what was killed meanwhile is sent again, under the same id."""
    n_silent = 0
    for delivery in deps.hooks.take_due(now=deps.clock.now(), at_most=AT_ONCE):
        if n_silent >= SLOWEST:
            return  # their leases end within a minute
        n_silent += not _deliver(delivery, deps)


def sign(delivery: Delivery, now: datetime, deps: Deps) -> dict[str, str]:
    """The headers of a message (standardwebhooks.com): id, time, and a signature by each secret that is valid."""
    generations = [delivery.generation]
    if delivery.previous_until is not None and now < delivery.previous_until and delivery.generation > 1:
        generations.append(delivery.generation - 1)
    message_id = f"msg_{delivery.id}"
    signatures = [
        _webhook(secret(delivery.endpoint_id, each, deps)).sign(message_id, now, delivery.body) for each in generations
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": "touchline-hooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secret(endpoint_id: str, generation: int, deps: Deps) -> str:
    """The secret of an endpoint."""
    return secret_of(deps.hooks_key, endpoint_id, generation)


def _deliver(delivery: Delivery, deps: Deps) -> bool:
    """Send a message; whether its endpoint answered."""
    now = deps.clock.now()
    if delivery.disabled:
        deps.hooks.failed(delivery, "the endpoint is disabled", gone=False, now=now)
        return True
    try:
        status = deps.posts.post(delivery.url, sign(delivery, now, deps), delivery.body.encode())
    except (InvalidInput, Unavailable) as exc:
        deps.hooks.failed(delivery, str(exc), gone=False, now=now)
        return isinstance(exc, InvalidInput)
    if 200 <= status < 300:
        deps.hooks.delivered(delivery, now=now)
    else:
        deps.hooks.failed(delivery, f"it answered {status}", gone=status == GONE, now=now)
    return True


@lru_cache(maxsize=64)
def _webhook(secret: str) -> Any:
    from standardwebhooks import Webhook  # imports httpx

    return Webhook(secret)
