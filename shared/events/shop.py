"""The events of the shop: a purchase is made, and it may be cancelled once.

They carry ids of customers and never a name: a log cannot forget, and a customer may ask to be forgotten. Both carry
the whole purchase, so a reader that meets them in any order knows which day, category and seller they concern.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

from shared import rfc3339
from shared.errors import InvalidInput
from shared.events.envelope import Event

SOURCE: Final = "/touchline/shop"
TOPIC: Final = "touchline.shop.purchases"
PARTITIONS: Final = 4
"""Partitions of the topic where its first writer creates it. The key is the purchase's id."""
MADE_VERSION: Final = 1
CANCELLED_VERSION: Final = 2
_PurchaseEventT = TypeVar("_PurchaseEventT", bound="_PurchaseEventBase")


@dataclass(frozen=True, slots=True, kw_only=True)
class _PurchaseEventBase:
    """A purchase as of the sale: later changes of its product or seller do not change it.

    All amounts are integers in the minor unit of `currency`, and ``total = unit_price * quantity - discount``: revenue
    is the sum of `total`, for each currency on its own.
    """

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str] = TOPIC
    VERSION: ClassVar[int]
    purchase_id: str
    """A UUIDv7. Both events of a purchase have it; of two the one with the higher `VERSION` counts."""
    customer_id: str
    seller_id: str
    product_id: str
    product_name: str
    category: str
    quantity: int
    unit_price: int
    discount: int
    total: int
    currency: str
    """ISO 4217."""
    purchased_at: datetime
    """The moment of the sale, which decides the day that its revenue belongs to (UTC)."""

    @property
    def happened_at(self) -> datetime:
        """The moment of the fact that the event states."""
        return self.purchased_at

    def to_event(self) -> Event:
        """Return the event; a purchase's two events differ by version, and share subject and partition."""
        payload = {name: getattr(self, name) for name in _FIELDS[self.TYPE]} | {"version": self.VERSION}
        return Event(
            id=f"{self.purchase_id}-{self.VERSION}",
            source=SOURCE,
            type=self.TYPE,
            time=self.happened_at,
            subject=f"purchases/{self.purchase_id}",
            extensions={"partitionkey": self.purchase_id},
            data=json.dumps(payload, separators=(",", ":"), default=rfc3339.encode_json_default).encode(),
        )

    @classmethod
    def from_event(cls: type[_PurchaseEventT], event: Event) -> _PurchaseEventT:
        """Read it back; unknown fields are ignored, missing and contradictory ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            if _read_integer(payload, "version") != cls.VERSION:
                raise ValueError(f"version {payload['version']} is not {cls.VERSION}")
            return cls(**{name: read(payload, name) for name, read in _FIELDS[cls.TYPE].items()})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc

    def __post_init__(self) -> None:
        if self.total != self.unit_price * self.quantity - self.discount:
            raise ValueError(f"purchase {self.purchase_id}: the total is not price times quantity less discount")


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseMade(_PurchaseEventBase):
    """Somebody bought a product. Travels on the log topic."""

    TYPE: ClassVar[str] = "io.touchline.shop.purchase.made.v1"
    VERSION: ClassVar[int] = MADE_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCancelled(_PurchaseEventBase):
    """A purchase does not count any more: the tombstone of its `PurchaseMade`. Travels on the log topic."""

    TYPE: ClassVar[str] = "io.touchline.shop.purchase.cancelled.v1"
    VERSION: ClassVar[int] = CANCELLED_VERSION
    cancelled_at: datetime

    @property
    def happened_at(self) -> datetime:
        """The moment of the cancellation."""
        return self.cancelled_at


PurchaseEvent = PurchaseMade | PurchaseCancelled


def _read_integer(payload: Mapping[str, Any], name: str) -> int:
    value = payload[name]
    if type(value) is not int:
        raise TypeError(f"{name} is no integer")  # money as a float is not rounded here, it is refused
    return value


def _read_text(payload: Mapping[str, Any], name: str) -> str:
    value = payload[name]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} is no text")
    return str(UUID(value)) if name.endswith("_id") else value


def _read_moment(payload: Mapping[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(payload[name])
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no zone")
    return moment


_Reader = Callable[[Mapping[str, Any], str], Any]
_READERS: Mapping[str, _Reader] = {"int": _read_integer, "str": _read_text, "datetime": _read_moment}


_FIELDS: Mapping[str, Mapping[str, _Reader]] = {
    kind.TYPE: {each.name: _READERS[str(each.type)] for each in fields(kind)}
    for kind in (PurchaseMade, PurchaseCancelled)
}
"""The fields of each event by its type, each with what reads it; made once, as events come by the million."""
