"""Doubles for the data plane: a clock that moves by itself, a sink that answers by script."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message.message import Message
from knative.local.eventing.trace.event_trace import TraceStep


class HandClock:
    """Time stands still; a wait moves it and is noted. Nobody really waits."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a sink got."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float | None


class ScriptedSink:
    """A `HttpClient` whose answers are given; the last one is repeated."""

    def __init__(self, *answers: Response | int | None) -> None:
        self.answers = [one if isinstance(one, Response) else Response(status=one) for one in answers] or [
            Response(status=202)
        ]
        self.requests: list[Request] = []
        self.gate: asyncio.Event | None = None
        self.at_once = 0
        self.most_at_once = 0

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Response:
        number = len(self.requests)
        self.requests.append(Request(url=url, headers=dict(headers), body=body, timeout_s=timeout_s))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.gate is not None:
            await self.gate.wait()
        else:
            await asyncio.sleep(0)
        self.at_once -= 1
        return self.answers[min(number, len(self.answers) - 1)]

    async def close(self) -> None:
        pass


@dataclass(slots=True)
class ListTrace:
    """Remembers every step."""

    steps: list[TraceStep] = field(default_factory=list)

    def record(self, step: TraceStep) -> None:
        self.steps.append(step)

    def kinds(self) -> Sequence[str]:
        return [step.what for step in self.steps]


def make_event(id: str = "1", data: bytes = b"{}", **more: str) -> Message:
    """A small event."""
    attributes = {"specversion": "1.0", "id": id, "source": "/test", "type": "happened", **more}
    return Message(attributes=attributes, data=data)


class Switch:
    """What a function under test waits for, and how many of its calls did so at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        self.go.wait(10)
        with self._lock:
            self._now -= 1


SWITCH = Switch()
