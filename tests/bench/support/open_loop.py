"""An open-loop HTTP load: requests are due at fixed moments, whether or not the ones before were answered.

A closed loop waits for a slow server and so hides how long others would have waited. A request's time runs from the
moment it was due. Requests are spread over connections that are kept; each connection has one request under way and
the rest wait for their turn, as in a browser or a proxy's pool.

``python -m tests.bench.support.open_loop`` reads a `Load` as JSON on standard input and prints `Figures` as JSON, so
that the load has a process, and processor time, of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

import httptools

_GIVE_UP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked: the requests, in turn, at a rate for a time."""

    host: str
    port: int
    requests: list[dict[str, Any]]
    """Each with ``method``, ``path``, ``headers`` (pairs) and ``body`` (text)."""
    rate_per_s: float
    seconds: float
    connections: int = 64


@dataclass(slots=True)
class Figures:
    """What came of it; times in milliseconds from the moment a request was due."""

    offered_per_s: float = 0.0
    answered_per_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    generator_cpu: float = 0.0
    """Cores this process used."""


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Running) -> None:
        self._load = load
        self._due_s = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # TCP has no other
        self.transport = transport

    def ask(self, due_s: float, request: bytes) -> None:
        assert self.transport is not None
        self._due_s = due_s
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._load.answered(self, self._parser.get_status_code(), self._due_s)
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self, self._due_s)


class _Running:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = [_encoded(load, request) for request in load.requests]
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._times_s: list[float] = []
        self._statuses: Counter[str] = Counter()
        self._last_s = 0.0

    async def run(self) -> Figures:
        loop = asyncio.get_running_loop()
        for _ in range(self._load.connections):
            _, connection = await loop.create_connection(lambda: _Connection(self), self._load.host, self._load.port)
            self._idle.append(connection)
        n, cpu_s, begun_s = int(self._load.rate_per_s * self._load.seconds), time.process_time(), time.perf_counter()
        for number in range(n):
            due_s = begun_s + number / self._load.rate_per_s
            if (wait_s := due_s - time.perf_counter()) > 0.0005:
                await asyncio.sleep(wait_s)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            self._ask(due_s, self._requests[number % len(self._requests)])
        give_up_s = time.perf_counter() + _GIVE_UP_S
        while sum(self._statuses.values()) < n and time.perf_counter() < give_up_s:
            await asyncio.sleep(0.01)
        missing = n - sum(self._statuses.values())
        if missing:
            self._statuses["no answer"] = missing
        return self._figures(begun_s, time.process_time() - cpu_s)

    def answered(self, connection: _Connection, status: int, due_s: float) -> None:
        self._last_s = time.perf_counter()
        self._times_s.append(self._last_s - due_s)
        self._statuses[str(status)] += 1
        if self._waiting:
            connection.ask(*self._waiting.popleft())
        else:
            self._idle.append(connection)

    def lost(self, connection: _Connection, due_s: float) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        elif due_s:
            self._statuses["connection lost"] += 1

    def _ask(self, due_s: float, request: bytes) -> None:
        if self._idle:
            self._idle.popleft().ask(due_s, request)
        else:
            self._waiting.append((due_s, request))

    def _figures(self, begun_s: float, cpu_s: float) -> Figures:
        took_s = max(self._last_s - begun_s, 1e-9)
        times = sorted(self._times_s) or [0.0]
        return Figures(
            offered_per_s=self._load.rate_per_s,
            answered_per_s=round(len(self._times_s) / took_s, 1),
            p50_ms=round(1000 * times[len(times) // 2], 2),
            p99_ms=round(1000 * times[int(len(times) * 0.99)], 2),
            max_ms=round(1000 * times[-1], 2),
            statuses=dict(self._statuses),
            generator_cpu=round(cpu_s / took_s, 3),
        )


def _encoded(load: Load, request: dict[str, Any]) -> bytes:
    body = str(request.get("body", "")).encode()
    lines = [f"{request.get('method', 'GET')} {request['path']} HTTP/1.1", f"Host: {load.host}:{load.port}"]
    lines += [f"{name}: {value}" for name, value in request.get("headers", ())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def main() -> int:
    """Run the load of standard input."""
    import uvloop

    load = Load(**json.load(sys.stdin))
    print(json.dumps(asdict(uvloop.run(_Running(load).run()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
