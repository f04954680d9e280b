"""The events of betting: one dataclass per type, each with a golden sample beside it (`samples/`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from shared import rfc3339
from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

SOURCE = "/touchline/betting"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged:
    """An event that is bet on changed: its state, its kick-off, a market or a price. What was cached of it is old."""

    TYPE: ClassVar[str] = "io.touchline.betting.line.changed.v1"
    event_id: int
    revision: int
    """Counted up by every change of the event, its markets and their prices."""
    state: str
    """``open``, ``suspended``, ``settled`` or ``void``."""
    suspended_for: str
    starts_at: datetime
    changed_at: datetime

    def to_event(self) -> Event:
        """The state is an extension too, so that a Trigger can filter by it; changes of an event keep their order."""
        payload = {
            "event_id": self.event_id,
            "revision": self.revision,
            "state": self.state,
            "suspended_for": self.suspended_for,
            "starts_at": rfc3339.format_moment(self.starts_at),
        }
        return _event(self.TYPE, self.event_id, self.revision, self.changed_at, payload, {"state": self.state})

    @classmethod
    def from_event(cls, event: Event) -> LineChanged:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        payload = _payload(cls.TYPE, event)
        try:
            return cls(
                event_id=int(payload["event_id"]),
                revision=int(payload["revision"]),
                state=str(payload["state"]),
                suspended_for=str(payload["suspended_for"]),
                starts_at=datetime.fromisoformat(payload["starts_at"]),
                changed_at=event.time,
            )
        except (ValueError, KeyError, TypeError, OverflowError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettled:
    """It is known how an event ended, or that what was known is wrong; of several revisions the highest counts."""

    TYPE: ClassVar[str] = "io.touchline.betting.event.settled.v1"
    event_id: int
    revision: int
    status: str
    """``final``, ``abandoned``, ``decided``, ``void`` or ``withdrawn``."""
    home_goals: int | None
    away_goals: int | None
    outcome: str | None
    n_tied: int
    void_reason: str
    recorded_at: datetime

    def to_event(self) -> Event:
        """The status is an extension too; revisions of an event keep their order."""
        payload = {
            "event_id": self.event_id,
            "revision": self.revision,
            "status": self.status,
            "home_goals": self.home_goals,
            "away_goals": self.away_goals,
            "outcome": self.outcome,
            "n_tied": self.n_tied,
            "void_reason": self.void_reason,
        }
        return _event(self.TYPE, self.event_id, self.revision, self.recorded_at, payload, {"status": self.status})

    @classmethod
    def from_event(cls, event: Event) -> EventSettled:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        payload = _payload(cls.TYPE, event)
        try:
            return cls(
                event_id=int(payload["event_id"]),
                revision=int(payload["revision"]),
                status=str(payload["status"]),
                home_goals=_optional_int(payload["home_goals"]),
                away_goals=_optional_int(payload["away_goals"]),
                outcome=None if payload["outcome"] is None else str(payload["outcome"]),
                n_tied=int(payload["n_tied"]),
                void_reason=str(payload["void_reason"]),
                recorded_at=event.time,
            )
        except (ValueError, KeyError, TypeError, OverflowError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc


def _event(
    type: str, event_id: int, revision: int, time: datetime, payload: dict[str, Any], extensions: dict[str, str]
) -> Event:
    return Event(
        id=make_content_id(type, str(event_id), str(revision)),
        source=SOURCE,
        type=type,
        time=time,
        subject=f"events/{event_id}",
        extensions={"event": str(event_id), "partitionkey": f"event-{event_id}", **extensions},
        data=json.dumps(payload, separators=(",", ":")).encode(),
    )


def _payload(type: str, event: Event) -> dict[str, Any]:
    if event.type != type:
        raise InvalidInput(f"event {event.id}: type {event.type!r} is not {type}")
    try:
        payload = json.loads(event.data)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"event {event.id}: payload is not JSON") from exc
    if not isinstance(payload, dict):
        raise InvalidInput(f"event {event.id}: payload is not an object")
    return payload


def _optional_int(value: Any) -> int | None:
    return None if value is None else int(value)
