"""The events of advertising. They carry ids and never a name. All money is simulated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

SOURCE = "/touchline/advertising"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpCredited:
    """A store has the money of a top-up; once for each payment at a provider."""

    TYPE: ClassVar[str] = "io.touchline.ads.top-up.credited.v1"
    top_up_id: str
    store_id: str
    provider: str
    amount: int
    """In minor units of the currency."""
    currency: str
    credited_at: datetime

    def to_event(self) -> Event:
        """Ordered per store by its partition key."""
        payload = {
            "top_up_id": self.top_up_id,
            "store_id": self.store_id,
            "provider": self.provider,
            "amount": self.amount,
            "currency": self.currency,
        }
        return Event(
            id=make_content_id(self.TYPE, self.top_up_id),
            source=SOURCE,
            type=self.TYPE,
            time=self.credited_at,
            subject=f"stores/{self.store_id}/top-ups/{self.top_up_id}",
            extensions={"store": self.store_id, "partitionkey": self.store_id},
            data=json.dumps(payload, separators=(",", ":")).encode(),
        )

    @classmethod
    def from_event(cls, event: Event) -> TopUpCredited:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            return cls(
                top_up_id=str(UUID(payload["top_up_id"])),
                store_id=str(UUID(payload["store_id"])),
                provider=str(payload["provider"]),
                amount=int(payload["amount"]),
                currency=str(payload["currency"]),
                credited_at=event.time,
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc
