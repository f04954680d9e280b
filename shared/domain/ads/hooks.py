"""Hooks to stores by Standard Webhooks: what is told, when it is told again, and which secret signs it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from shared.domain.ads.top_ups import TopUp

ENDPOINTS_AT_MOST = 5
"""The limit for each store."""
PAUSES = tuple(timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""From a failed delivery to the next, as Standard Webhooks recommends; after the last it is given up."""
DISABLED_AFTER = timedelta(days=5)
"""An endpoint that took nothing for so long is disabled."""
PREVIOUS_SIGNS = timedelta(days=1)
"""After a new secret the one before signs for so long, too."""


def message_of(top_up: TopUp, now: datetime) -> tuple[str, str]:
    """The kind and the body of what a store is told of a top-up. Amounts are minor units of a simulated currency."""
    kind = f"top-up.{top_up.state.replace('_', '-')}"
    data = {
        "id": top_up.id,
        "store_id": top_up.store_id,
        "state": top_up.state,
        "amount": top_up.amount,
        "refunded": top_up.refunded,
        "currency": top_up.currency,
        "flag": top_up.flag,
        "simulated": True,
    }
    body = {"type": kind, "timestamp": now.isoformat(), "data": data}
    return kind, json.dumps(body, separators=(",", ":"))


def next_delivery(n_tries: int, now: datetime) -> datetime | None:
    """When a delivery that failed so many times is tried again; None: never."""
    return now + PAUSES[n_tries - 1] if n_tries <= len(PAUSES) else None


def secret_of(key: str, endpoint_id: str, generation: int) -> str:
    """The secret of an endpoint, ``whsec_`` and 32 bytes in base64: derived, so that none is stored."""
    digest = hmac.new(key.encode(), f"hook {endpoint_id} {generation}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(digest).decode()}"
