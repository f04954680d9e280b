"""One HTTP/1.1 connection to a subscriber: one request at a time, each written once."""

from __future__ import annotations

import asyncio
import select
from typing import cast

import httptools

MAX_BODY_BYTES = 1_500_000
MAX_HEAD_BYTES = 65_536


class ExchangeFailed(Exception):
    """There is no whole response to a request; whether the subscriber acted on it is not known."""


class Exchange:
    """The response to one request, as it arrives."""

    __slots__ = (
        *("_body", "_headers_complete", "_n_body_bytes", "_n_unfinished_bytes"),
        *("done", "headers", "keeps_connection", "status"),
    )

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.done = done
        self.status = 0
        self.keeps_connection = False
        self.headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._n_body_bytes = self._n_unfinished_bytes = 0
        self._headers_complete = False

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self._body)

    def fail(self, reason: Exception) -> None:
        """End without a response."""
        if not self.done.done():
            self.done.set_exception(reason)

    def feed(self, data: bytes, parser: httptools.HttpResponseParser) -> None:
        """Take what arrived; `ExchangeFailed` when it makes no HTTP response that is read here."""
        if not self._headers_complete:
            self._n_unfinished_bytes += len(data)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            # An exception of a callback comes wrapped, with its own as the context.
            cause = exc.__context__ if isinstance(exc.__context__, ExchangeFailed) else exc
            raise ExchangeFailed(f"not an HTTP response: {cause}" if cause is exc else str(cause)) from exc
        if not self._headers_complete:
            _check_head(self._n_unfinished_bytes)

    def add_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; a trailer after the body is dropped."""
        if not self._headers_complete:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def complete_headers(self, status: int, keeps_connection: bool) -> None:
        """Take the status; responses like ``100 Continue`` only announce the one that counts."""
        self.status = status
        if status < 200:
            self.headers.clear()
            return
        _check_head(sum(len(name) + len(value) for name, value in self.headers.items()))
        self._headers_complete = True
        self.keeps_connection = keeps_connection
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY_BYTES:
            raise ExchangeFailed(f"a response of {length} bytes; at most {MAX_BODY_BYTES} are read")

    def add_body(self, data: bytes) -> None:
        """Keep a piece of the body."""
        self._n_body_bytes += len(data)
        if self._n_body_bytes > MAX_BODY_BYTES:
            raise ExchangeFailed(f"a response of more than {MAX_BODY_BYTES} bytes")
        self._body.append(data)

    def complete(self) -> None:
        """End with the response, unless this one only announced another."""
        if self._headers_complete and not self.done.done():
            self.done.set_result(None)

    def close(self, error: Exception | None) -> None:
        """Take the end of the connection: of a body that has no length of its own, or of the exchange."""
        if error is None and self._headers_complete and not self._has_length():
            self.complete()
        else:
            self.fail(error or ExchangeFailed("the connection was closed before the response was complete"))

    def _has_length(self) -> bool:
        return bool(self.headers.keys() & {"content-length", "transfer-encoding"})


def _check_head(n_bytes: int) -> None:
    if n_bytes > MAX_HEAD_BYTES:
        raise ExchangeFailed(f"the headers of the response are longer than {MAX_HEAD_BYTES} bytes")


class HttpConnection(asyncio.Protocol):
    """A kept connection."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._readable = select.poll()
        self._parser = httptools.HttpResponseParser(self)
        self._exchange: Exchange | None = None

    @property
    def is_open(self) -> bool:
        """Whether the connection is not closed, as far as the event loop has seen."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_reusable(self) -> bool:
        """Whether another request can be written: an idle connection that is readable was closed by the other side.

        The event loop may not have seen that yet. Nothing is repeated here, so each such request costs an attempt.
        """
        return self.is_open and not self._readable.poll(0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._readable.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a response; bytes that belong to no request end the connection."""
        if self._exchange is None or self._exchange.done.done():
            self.abort()
            return
        try:
            self._exchange.feed(data, self._parser)
        except ExchangeFailed as exc:
            self._exchange.fail(exc)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed, or we did."""
        self._transport = None
        if self._exchange is not None:
            self._exchange.close(exc)

    # Called by the parser.

    def on_message_begin(self) -> None:
        """Note a response that nobody asked for: the connection is not used again."""
        if self._exchange is not None and self._exchange.done.done():
            self._exchange.keeps_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if (exchange := self._open_exchange()) is not None:
            exchange.add_header(name, value)

    def on_headers_complete(self) -> None:
        """Take the status."""
        if (exchange := self._open_exchange()) is not None:
            exchange.complete_headers(self._parser.get_status_code(), self._parser.should_keep_alive())

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        if (exchange := self._open_exchange()) is not None:
            exchange.add_body(data)

    def on_message_complete(self) -> None:
        """Take the end of a response."""
        if (exchange := self._open_exchange()) is not None:
            exchange.complete()

    def _open_exchange(self) -> Exchange | None:
        return None if self._exchange is None or self._exchange.done.done() else self._exchange

    async def request(self, head: bytes, body: bytes, *, timeout_s: float | None) -> Exchange:
        """Write a request and wait for the whole response.

        Raises
        ------
        TimeoutError : no whole response came within `timeout_s`.
        ExchangeFailed, OSError : the connection broke, or what came is no response.
        """
        assert self._transport is not None
        exchange = self._exchange = Exchange(self._loop.create_future())
        timer = self._loop.call_later(timeout_s, self._time_out) if timeout_s is not None else None
        try:
            self._transport.write(head + body if body else head)
            await exchange.done
        except asyncio.CancelledError:
            self.abort()  # what is left of the response must not meet the next request
            raise
        finally:
            if timer is not None:
                timer.cancel()
            self._exchange = None
        if not exchange.keeps_connection:
            self.abort()
        return exchange

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _time_out(self) -> None:
        if self._exchange is not None:
            self._exchange.fail(TimeoutError())
        self.abort()
