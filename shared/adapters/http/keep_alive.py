"""HTTP to one server with one keep-alive connection per thread; standard library only, to keep cold starts short."""

from __future__ import annotations

import http.client
import select
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult

_SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing at the server, so that they may be sent twice."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in small letters; of several of one name the last."""


class KeepAliveClient:
    """An HTTP client of one server. Shared by all threads; errors are those of `http.client` and of sockets."""

    def __init__(self, url: SplitResult, *, timeout_s: float) -> None:
        """Remember host, port and whether to encrypt."""
        self._kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = url.hostname or "127.0.0.1", url.port
        self._timeout_s = timeout_s
        self._local = threading.local()

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request; one that is not safe is sent once, whatever breaks, as the server may have acted."""
        idle = getattr(self._local, "connection", None)
        if idle is not None and not _is_closed(idle):
            try:
                return self._exchange(idle, method, path, headers, body)
            except (ConnectionError, http.client.BadStatusLine):
                if method not in _SAFE:
                    raise
        self.close()
        fresh = self._local.connection = self._kind(self._host, self._port, timeout=self._timeout_s)
        return self._exchange(fresh, method, path, headers, body)

    def close(self) -> None:
        """Close this thread's connection."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            reply = Reply(response.status, response.read(), headers)
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        return reply


def _is_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the server ended an idle connection: then it is readable, though no request is open."""
    if connection.sock is None:
        return True
    poll = select.poll()  # select() knows no descriptors above 1023
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
