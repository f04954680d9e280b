"""An ASGI application behind werkzeug's test client, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

from shared.web.server.exchange import Receive, Send

Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="asgi", daemon=True).start()
    return loop


class AsWsgi:
    """The WSGI application that an ASGI one is, for a test that calls it without a server."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer; what the application raises is raised here, where a server would cut the connection."""
        messages: queue.Queue[dict[str, Any] | BaseException] = queue.Queue()
        scope, body = _scope(environ), _body(environ)
        asyncio.run_coroutine_threadsafe(_answer(self._app, scope, body, messages), _loop())
        head = messages.get()
        if isinstance(head, BaseException):
            raise head
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]]
        start_response(f"{head['status']} Status", headers)
        return _parts(messages)


async def _answer(
    app: Application, scope: dict[str, Any], body: bytes, messages: queue.Queue[dict[str, Any] | BaseException]
) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.put(message)

    try:
        await app(scope, receive, send)
    except BaseException as exc:
        messages.put(exc)


def _parts(messages: queue.Queue[dict[str, Any] | BaseException]) -> Iterator[bytes]:
    while True:
        message = messages.get()
        if isinstance(message, BaseException):
            raise message
        if message["body"]:
            yield message["body"]
        if not message.get("more_body"):
            return


def _body(environ: dict[str, Any]) -> bytes:
    source, length = environ.get("wsgi.input"), environ.get("CONTENT_LENGTH")
    if source is None or not (length or environ.get("wsgi.input_terminated")):
        return b""
    return bytes(source.read(int(length)) if length else source.read())


def _scope(environ: dict[str, Any]) -> dict[str, Any]:
    path = str(environ.get("PATH_INFO", "/")).encode("latin-1")
    headers = [
        (name[5:].lower().replace("_", "-").encode(), str(value).encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    headers += [
        (name.lower().replace("_", "-").encode(), str(environ[name]).encode("latin-1"))
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if environ.get(name)
    ]
    return {
        "type": "http",
        "method": environ["REQUEST_METHOD"],
        "path": path.decode(errors="replace"),
        "raw_path": quote(path).encode(),
        "query_string": str(environ.get("QUERY_STRING", "")).encode("latin-1"),
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": (environ.get("REMOTE_ADDR", "127.0.0.1"), 1),
        "headers": headers,
    }
