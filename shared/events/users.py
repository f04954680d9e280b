"""The events of a user's life: one dataclass per type, each with a golden sample beside it (`samples/`).

They carry ids and never a name or an address: a log cannot forget, and a user may ask to be forgotten.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

SOURCE = "/touchline/accounts"
_UserEventT = TypeVar("_UserEventT", bound="_UserEventBase")


@dataclass(frozen=True, slots=True, kw_only=True)
class _UserEventBase:
    """The fields of all of them. Each happens to a user once, so the id is made of the type and the user."""

    TYPE: ClassVar[str]
    user_id: str
    occurred_at: datetime

    def to_event(self) -> Event:
        """Ordered per user by its partition key; its further fields are extensions too, for Triggers to filter by."""
        further = {name: str(getattr(self, name)) for name in self._extra_fields()}
        return Event(
            id=make_content_id(self.TYPE, self.user_id, *further.values()),
            source=SOURCE,
            type=self.TYPE,
            time=self.occurred_at,
            subject=f"users/{self.user_id}",
            extensions={"user": self.user_id, "partitionkey": self.user_id, **further},
            data=json.dumps({"user_id": self.user_id, **further}, separators=(",", ":")).encode(),
        )

    @classmethod
    def from_event(cls: type[_UserEventT], event: Event) -> _UserEventT:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            further = {name: str(payload[name]) for name in cls._extra_fields()}
            return cls(user_id=str(UUID(payload["user_id"])), occurred_at=event.time, **further)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc

    @classmethod
    def _extra_fields(cls) -> list[str]:
        return [each.name for each in fields(cls) if each.name not in ("user_id", "occurred_at")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(_UserEventBase):
    """Somebody made an account; nothing about them is proven."""

    TYPE: ClassVar[str] = "io.touchline.accounts.user.registered.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserVerified(_UserEventBase):
    """Somebody proved that they can be reached, or who they are."""

    TYPE: ClassVar[str] = "io.touchline.accounts.user.verified.v1"
    state: str
    """The state they reached by it: ``contact_verified`` or ``active``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBlocked(_UserEventBase):
    """An operator blocked a user; nothing is done in their name from now on."""

    TYPE: ClassVar[str] = "io.touchline.accounts.user.blocked.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(_UserEventBase):
    """A user is erased; every area that stores something under their id must delete it."""

    TYPE: ClassVar[str] = "io.touchline.accounts.user.deleted.v1"


UserEvent = UserRegistered | UserVerified | UserBlocked | UserDeleted
