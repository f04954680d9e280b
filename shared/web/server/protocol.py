"""HTTP/1.1 on a connection, with bounds: time for a head and a body, connections of one address, problems in JSON.

uvicorn's protocol has none of these; everything else is left to it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HOST = re.compile(rb"^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$")
_NOBODY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one client may take of a server. Times in seconds."""

    head_within_s: float = 10.0
    """From the first byte of a request to the end of its headers."""
    body_within_s: float = 60.0
    """From the end of the headers to the end of the body."""
    connections_per_address: int = 0
    """0 = no bound: behind a proxy all connections come from one address."""
    discarded_bytes: int = 16_777_216
    """Read and thrown away of a body that was refused: a client that still sends would not see the answer."""
    counts: Counter[str] = field(default_factory=Counter)
    """Open connections by address."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol within `Bounds`; whatever is wrong before a request reaches the application is a problem."""

    def __init__(self, *args: Any, bounds: Bounds, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bounds = bounds
        self._address = _NOBODY
        self._timer: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._in_head = False
        self._discarded = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; refuse it when its address has too many."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else _NOBODY
        self._bounds.counts[self._address] += 1
        most = self._bounds.connections_per_address
        if most and self._bounds.counts[self._address] > most:
            self._refuse(503, f"more than {most} connections from your address; close some and try again")
        else:
            self._arm(self._bounds.head_within_s, "the request's headers")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._disarm()
        self._bounds.counts[self._address] -= 1
        if not self._bounds.counts[self._address]:
            del self._bounds.counts[self._address]
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # True keeps the connection open for the answer
        """The client sends no more. A request that has arrived whole is still answered, any other is given up."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body or self._is_refused:
            return False
        self.cycle.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what it cannot read is 400."""
        if self._is_refused:
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Answered as if it had not been asked for (RFC 9110, 7.8); the parser reads no further.
            self.cycle.keep_alive = False
        except httptools.HttpParserError as exc:
            self._refuse(400, f"the request is not HTTP/1.1: {exc}")
        if self._in_head and self._timer is None and not self._is_refused:
            self._arm(self._bounds.head_within_s, "the request's headers")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the request, unless its head cannot be right."""
        self._in_head = False
        self._disarm()
        if self._is_refused:
            return
        if fault := _fault_of(self.headers, self.parser.get_http_version()):
            self._refuse(400, fault)
            return
        super().on_headers_complete()
        self._arm(self._bounds.body_within_s, "the request's body")

    def on_body(self, body: bytes) -> None:
        """Collect a part of the body; of one that nobody wants, only so much is thrown away."""
        if self._is_refused:
            return
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > self._bounds.discarded_bytes:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has arrived whole."""
        if self._is_refused:
            return
        self._disarm()
        self._discarded = 0
        super().on_message_complete()

    def _arm(self, within_s: float, what: str) -> None:
        self._disarm()
        self._timer = self.loop.call_later(within_s, self._refuse, 408, f"{what} took longer than {within_s:g} s")

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, detail: str) -> None:
        """Answer with a problem, if nothing was answered yet, and close."""
        self._is_refused = True
        self._disarm()
        has_begun = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not self.transport.is_closing() and not has_begun:
            self.transport.write(_problem(status, detail))
        self.transport.close()


def _fault_of(headers: list[tuple[bytes, bytes]], version: str) -> str:
    """What is wrong with the head of a request; empty when nothing is."""
    if version not in ("1.0", "1.1"):
        return "this server speaks HTTP/1.1"
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1:
        return "the header Host is given more than once"
    if not hosts:
        return "the header Host is missing" if version == "1.1" else ""
    return "" if _HOST.match(hosts[0]) else "the header Host is no host and port"


def _problem(status: int, detail: str) -> bytes:
    """A whole answer in bytes. Flask is not asked: there is no request to answer yet."""
    title = HTTPStatus(status).phrase
    name = title.lower().replace(" ", "-")
    members = {"type": f"urn:touchline:problem:{name}", "title": title, "status": status, "detail": detail}
    body = json.dumps(members).encode()
    head = [
        f"HTTP/1.1 {status} {title}",
        "content-type: application/problem+json",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
