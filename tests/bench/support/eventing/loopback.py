"""HTTP at its cheapest for both ends of a measurement: a sink that notes when each event came, and a poster.

Both are bare `asyncio` protocols, so that on two cores the measured process has the machine nearly to itself. What they
cost is told with the results. All moments are of the monotonic clock, which is one for all processes.

``python -m tests.bench.support.eventing.loopback --port P [--delay-ms D] [--fail F --seed S]`` serves a sink: it
answers 202, after a delay where one is asked for, or 503 for a share of the requests. ``GET /noted`` gives ``[[id,
moment in ns], ...]`` of the requests answered 202, ``GET /count`` how many there were.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_ID = re.compile(rb"\r\nce-id: ([^\r]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
_FAILED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


def messages(buffer: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Take whole HTTP messages out of what has arrived: head and body of each."""
    while (end := buffer.find(b"\r\n\r\n")) >= 0:
        length = _LENGTH.search(buffer, 0, end + 2)
        size = end + 4 + (int(length[1]) if length else 0)
        if len(buffer) < size:
            return
        head, body = bytes(buffer[:end]), bytes(buffer[end + 4 : size])
        del buffer[:size]
        yield head, body


@dataclass(slots=True)
class Sink:
    """What the sink does, and what it has seen."""

    delay_s: float = 0.0
    fails: float = 0.0
    dice: random.Random = field(default_factory=random.Random)
    noted: list[tuple[str, int]] = field(default_factory=list)


class _Serving(asyncio.Protocol):
    """One connection to the sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for head, _ in messages(self._buffer):
            if head.startswith(b"GET /"):
                self._tell(head)
            else:
                self._take(head)

    def _take(self, head: bytes) -> None:
        if self._sink.fails and self._sink.dice.random() < self._sink.fails:
            self._transport.write(_FAILED)
            return
        match = _ID.search(head)
        self._sink.noted.append((match[1].decode() if match else "", time.monotonic_ns()))
        if self._sink.delay_s:
            asyncio.get_running_loop().call_later(self._sink.delay_s, self._transport.write, _TAKEN)
        else:
            self._transport.write(_TAKEN)

    def _tell(self, head: bytes) -> None:
        timings = json.dumps(self._sink.noted if head.startswith(b"GET /noted") else len(self._sink.noted)).encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(timings), timings))


class _Posting(asyncio.Protocol):
    """One connection of the poster: the next request goes out when the one before is answered."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed before the answer"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for head, _ in messages(self._buffer):
            assert self._answer is not None
            self._answer.set_result(int(head[9:12]))

    async def post(self, request: bytes) -> int:
        """The status of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()


def request(url: str, event_id: str, *, key: str = "", type: str = "bench", data: bytes = b"{}") -> bytes:
    """A binary CloudEvent as it goes over the wire."""
    parts = urlsplit(url)
    head = [
        f"POST {parts.path or '/'} HTTP/1.1",
        f"host: {parts.netloc}",
        "content-type: application/json",
        f"content-length: {len(data)}",
        "ce-specversion: 1.0",
        f"ce-id: {event_id}",
        "ce-source: /bench",
        f"ce-type: {type}",
        *([f"ce-partitionkey: {key}"] if key else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + data


async def post_all(
    url: str, requests: Sequence[bytes], *, connections: int, per_s: float = 0.0
) -> list[tuple[int, int, int]]:
    """Post every request; per request its status and the moments (ns) it was sent and answered.

    Parameters
    ----------
    url : where the connections go.
    requests : what is sent, in this order.
    connections : kept connections, each with one request at a time.
    per_s : requests a second, evenly; 0 = as fast as the answers come.
    """
    parts = urlsplit(url)
    began = time.monotonic()
    todo = iter(range(len(requests)))
    timings = [(0, 0, 0)] * len(requests)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Posting, parts.hostname or "", parts.port or 80)
        for number in todo:
            if per_s and (ahead := began + number / per_s - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            sent = time.monotonic_ns()
            timings[number] = (await connection.post(requests[number]), sent, time.monotonic_ns())
        connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return timings


async def _serve(port: int, sink: Sink) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Serving(sink), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    """Serve a sink until killed."""
    parser = argparse.ArgumentParser(prog="loopback", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--fail", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    sink = Sink(delay_s=options.delay_ms / 1000, fails=options.fail, dice=random.Random(options.seed))
    asyncio.run(_serve(options.port, sink))


if __name__ == "__main__":
    main()
