"""The event of settled bets. It carries ids and never a name: a log cannot forget, and users may be forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

SOURCE = "/touchline/betting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledBet:
    """One bet, with what its newest revision says."""

    bet_id: str
    user_id: str
    revision: int
    payout: int | None
    """What it pays; None when its result was withdrawn and it is open again."""
    grade: str | None
    delta: int
    """What the bettor's account was credited with since the revision before; negative: debited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BetsSettled:
    """Bets on one event are settled, or settled anew: those of one commit.

    An event for as many bets as were settled at once and not for each: a hundred thousand of them end with one match.
    """

    TYPE: ClassVar[str] = "io.touchline.betting.bet.settled.v1"
    event_id: int
    result_revision: int
    settled_at: datetime
    bets: tuple[SettledBet, ...]

    def to_event(self) -> Event:
        """The id is made of the bets and their revisions, each of which is settled once."""
        payload = {
            "event_id": self.event_id,
            "result_revision": self.result_revision,
            "bets": [asdict(each) for each in self.bets],
        }
        content = ",".join(f"{each.bet_id}/{each.revision}" for each in self.bets)
        return Event(
            id=make_content_id(self.TYPE, content),
            source=SOURCE,
            type=self.TYPE,
            time=self.settled_at,
            subject=f"events/{self.event_id}/bets",
            extensions={"event": str(self.event_id), "partitionkey": f"event-{self.event_id}"},
            data=json.dumps(payload, separators=(",", ":")).encode(),
        )

    @classmethod
    def from_event(cls, event: Event) -> BetsSettled:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            return cls(
                event_id=int(payload["event_id"]),
                result_revision=int(payload["result_revision"]),
                settled_at=event.time,
                bets=tuple(_bet(each) for each in payload["bets"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc


def _bet(payload: Mapping[str, Any]) -> SettledBet:
    return SettledBet(
        bet_id=str(payload["bet_id"]),
        user_id=str(payload["user_id"]),
        revision=int(payload["revision"]),
        payout=None if payload["payout"] is None else int(payload["payout"]),
        grade=None if payload["grade"] is None else str(payload["grade"]),
        delta=int(payload["delta"]),
    )
