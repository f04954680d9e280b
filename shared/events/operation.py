"""The events of operation: what somebody who runs the platform wants to hear of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeVar

from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

SOURCE = "/touchline/operation"
_IssueEventT = TypeVar("_IssueEventT", bound="_IssueEventBase")


@dataclass(frozen=True, slots=True, kw_only=True)
class _IssueEventBase:
    """An issue asks for attention; `number` counts its turns, so that each is one event however often it is sent."""

    TYPE: ClassVar[str]
    issue_id: int
    number: int
    title: str
    level: str
    function: str
    revision: str
    occurred_at: datetime

    def to_event(self) -> Event:
        """Triggers can filter by level and function."""
        names = ("issue_id", "number", "title", "level", "function", "revision")
        return Event(
            id=make_content_id(self.TYPE, str(self.issue_id), str(self.number)),
            source=SOURCE,
            type=self.TYPE,
            time=self.occurred_at,
            subject=f"issues/{self.issue_id}",
            extensions={"level": self.level, "partitionkey": f"issue-{self.issue_id}"},
            data=json.dumps({name: getattr(self, name) for name in names}, separators=(",", ":")).encode(),
        )

    @classmethod
    def from_event(cls: type[_IssueEventT], event: Event) -> _IssueEventT:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            return cls(
                issue_id=int(payload["issue_id"]),
                number=int(payload["number"]),
                title=str(payload["title"]),
                level=str(payload["level"]),
                function=str(payload["function"]),
                revision=str(payload["revision"]),
                occurred_at=event.time,
            )
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOpened(_IssueEventBase):
    """An error of a kind that nobody has seen before."""

    TYPE: ClassVar[str] = "io.touchline.operation.issue.opened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRegressed(_IssueEventBase):
    """An error that was resolved happened again."""

    TYPE: ClassVar[str] = "io.touchline.operation.issue.regressed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueUnmuted(_IssueEventBase):
    """An error that was muted until a moment happened after it."""

    TYPE: ClassVar[str] = "io.touchline.operation.issue.unmuted.v1"


IssueEvent = IssueOpened | IssueRegressed | IssueUnmuted
