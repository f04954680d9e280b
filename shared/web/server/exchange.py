"""Runs a WSGI application in a thread and brings the parts of its answer to the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from shared.web.server.environ import Scope, to_environ, to_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from flask import Response

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BUFFERED_PARTS = 8
"""An application that answers faster than its caller reads is held up."""
_CHECK_INTERVAL_S = 1.0


class TooLarge(Exception):
    """The body is larger than the limit."""


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Exchange:
    """One request: made in the event loop, run in a thread, its answer sent from the event loop."""

    def __init__(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._app = app
        self._environ = environ
        self._loop = asyncio.get_running_loop()
        self._messages: deque[bytes | BaseException | None] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._room = threading.Semaphore(BUFFERED_PARTS)
        self._abandoned = False
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._length = -1

    def run(self) -> None:
        """Make the answer, as long as somebody waits for it. In a thread of the application's pool."""
        try:
            parts = self._app(self._environ, self._start)
            try:
                for part in parts:
                    if part and len(part) == self._length:
                        self._post(part, None)  # the whole answer: one call into the loop instead of two
                        return
                    if part and not self._post_when_read(part):
                        return
            finally:
                if close := getattr(parts, "close", None):
                    close()
        except BaseException as exc:
            self._post(exc)
        else:
            self._post(None)

    async def send(
        self, send: Send, *, first_within_s: float | None = None, next_within_s: float | None = None
    ) -> None:
        """Send the answer as it is made.

        Raises
        ------
        TimeoutError : the next part took too long. Nothing was sent yet if `has_begun` is False.
        """
        part = await self._next(first_within_s)
        assert self._head is not None
        status, headers = self._head
        await send({"type": "http.response.start", "status": int(status[:3]), "headers": to_headers(headers)})
        while part is not None:
            is_last = bool(self._messages) and self._messages[0] is None
            await send({"type": "http.response.body", "body": part, "more_body": not is_last})
            if is_last:
                return
            self._room.release()
            part = await self._next(next_within_s)
        await send({"type": "http.response.body", "body": b""})

    @property
    def has_begun(self) -> bool:
        """Whether the application has given its status."""
        return self._head is not None

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._abandoned = True

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        self._head = (status, headers)
        self._length = next((int(value) for name, value in headers if name.lower() == "content-length"), -1)
        return self._post_when_read

    def _post_when_read(self, part: bytes) -> bool:
        """Post a part once there is room for it; False when nobody waits for it any more."""
        while not self._room.acquire(timeout=_CHECK_INTERVAL_S):
            if self._abandoned:
                return False
        self._post(part)
        return not self._abandoned

    def _post(self, *messages: bytes | BaseException | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, messages)

    def _deliver(self, messages: tuple[bytes | BaseException | None, ...]) -> None:
        self._messages.extend(messages)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _next(self, within_s: float | None) -> bytes | None:
        """The next part; None after the last."""
        if not self._messages:
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(within_s, _expire, self._waiter) if within_s else None
            try:
                await self._waiter
            finally:
                if timer is not None:
                    timer.cancel()
        message = self._messages.popleft()
        if isinstance(message, BaseException):
            raise message
        return message


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


async def read_body(scope: Scope, receive: Receive, *, limit: int) -> bytes:
    """The whole body.

    Raises
    ------
    TooLarge : it is, or says that it is, larger than `limit` bytes. What is left of it was not read.
    Disconnected : the client went away.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise TooLarge
    message = await receive()
    body = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body"):
        if len(body) > limit:
            raise TooLarge
        message = await receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise Disconnected
    if len(body) > limit:
        raise TooLarge
    return bytes(body)


async def send_response(response: Response, scope: Scope, send: Send) -> None:
    """Send a response that is complete already."""
    headers = response.get_wsgi_headers({"REQUEST_METHOD": scope["method"], "SERVER_NAME": "", "SERVER_PORT": "80"})
    body = b"" if scope["method"] == "HEAD" else response.get_data()
    await send(
        {"type": "http.response.start", "status": response.status_code, "headers": to_headers(headers.to_wsgi_list())}
    )
    await send({"type": "http.response.body", "body": body})


class WsgiServer:
    """An ASGI application in front of one WSGI application: a thread for each request that has arrived whole."""

    def __init__(self, app: WSGIApplication, *, threads: int, body_limit: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="function")
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        from shared.web import http

        try:
            body = await read_body(scope, receive, limit=self._body_limit)
        except Disconnected:
            return
        except TooLarge:
            problem = http.problem(413, "Too large", f"the body is larger than {self._body_limit} bytes")
            await send_response(problem, scope, send)
            return
        exchange = Exchange(self._app, to_environ(scope, body))
        self._pool.submit(exchange.run)
        try:
            await exchange.send(send)
        finally:
            exchange.abandon()
