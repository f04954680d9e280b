"""The site as an ASGI application: pages, interface, health and control of its clock."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from k8s.local.standin.site.challenge import SCRIPT, Challenge
from k8s.local.standin.site.clock import SiteClock, format_instant, parse_instant
from k8s.local.standin.site.json_interface import CHALLENGE, NOT_FOUND, JsonInterface, JsonResponse, encode
from k8s.local.standin.site.pages import Pages

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Middleware = Callable[[App], App]
"""Wraps the whole site, to apply faults on purpose."""

_API = "/api/v1"
_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
_MAX_ORDER_BYTES = 4_096

JSON = (b"content-type", b"application/json; charset=utf-8")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_SCRIPT_HEADERS = [(b"content-type", b"text/javascript; charset=utf-8"), (b"cache-control", b"max-age=3600")]
# Without this a browser would show, from its own cache, an address opened directly that a page has fetched before.
_VARY = (b"vary", b"Cookie, Sec-Fetch-Site, Sec-Fetch-Mode")
_NO_STORE = (b"cache-control", b"no-store")


class Site:
    """Routes requests; `challenge` None lets everybody in."""

    def __init__(self, interface: JsonInterface, pages: Pages, clock: SiteClock, challenge: Challenge | None) -> None:
        self._interface = interface
        self._pages = pages
        self._clock = clock
        self._challenge = challenge
        self._headers: dict[int, tuple[JsonResponse, list[tuple[bytes, bytes]]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path == "/standin/clock":
            await self._serve_clock(scope, receive, send)
        elif method not in ("GET", "HEAD"):
            await reply(send, 405, [JSON, (b"allow", b"GET, HEAD")], encode({"error": {"code": 405}}))
        elif path.startswith("/api/"):
            await self._serve_api(scope, send)
        else:
            status, headers, body = self._page(path)
            await reply(send, status, headers, body, bare=method == "HEAD")

    async def _serve_api(self, scope: Scope, send: Send) -> None:
        headers = dict(scope["headers"])
        response = self._answer(scope["path"], headers)
        headers_out = [
            JSON,
            (b"etag", response.etag.encode()),
            (b"cache-control", response.cache_control.encode()),
            _VARY,
        ]
        if response.status == 200 and _matches(headers.get(b"if-none-match"), response.etag):
            await reply(send, 304, headers_out[1:], b"", bare=True)
            return
        await reply(send, response.status, headers_out, response.body, bare=scope["method"] == "HEAD")

    def _answer(self, path: str, headers: dict[bytes, bytes]) -> JsonResponse:
        if self._challenge is not None and not self._challenge.admits(headers):
            return CHALLENGE
        if not path.startswith(_API + "/"):
            return NOT_FOUND
        return self._interface.get(path[len(_API) :])

    def _page(self, path: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        if path in ("/health/live", "/health/ready"):
            return 200, [JSON, _NO_STORE], b'{"status":"ok"}'
        if path == "/site.js":
            return 200, _SCRIPT_HEADERS, SCRIPT.encode()
        page = self._pages.get(path)
        if page is None:
            return 404, [_HTML], b"<!doctype html><title>Not found</title><p>There is no such page."
        return 200, [_HTML, _NO_STORE], page

    async def _serve_clock(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return the site's time, or set it."""

        def move(order: Any) -> None:
            try:
                self._clock.move(parse_instant(order["now"]))
            except (KeyError, TypeError) as exc:
                raise ValueError('expected {"now": "<ISO 8601 instant>"}') from exc

        await serve_control(scope, receive, send, apply=move, describe=lambda: {"now": format_instant(self._clock.now)})


def build(
    interface: JsonInterface, pages: Pages, clock: SiteClock, challenge: Challenge | None, *layers: Middleware
) -> App:
    """Build the site; the first of `layers` is the outermost."""
    return wrap(Site(interface, pages, clock, challenge), layers)


def wrap(app: App, middleware: Sequence[Middleware]) -> App:
    """Wrap an application in middleware, the first outermost."""
    for layer in reversed(middleware):
        app = layer(app)
    return app


async def serve_control(
    scope: Scope, receive: Receive, send: Send, *, apply: Callable[[Any], None], describe: Callable[[], Any]
) -> None:
    """Serve a control address, for the same machine only: GET describes a state of the site, POST changes it.

    `apply` raises `ValueError` that says what it expects.
    """
    if (scope.get("client") or ("",))[0] not in _LOOPBACK:
        await reply(send, 403, [JSON, _NO_STORE], encode({"error": {"code": 403, "reason": "loopback only"}}))
        return
    if scope["method"] == "POST":
        try:
            apply(json.loads(await _body(receive)))
        except json.JSONDecodeError:
            await reply(send, 400, [JSON, _NO_STORE], encode({"error": {"code": 400, "reason": "expected JSON"}}))
            return
        except ValueError as exc:
            await reply(send, 400, [JSON, _NO_STORE], encode({"error": {"code": 400, "reason": str(exc)}}))
            return
    await reply(send, 200, [JSON, _NO_STORE], encode(describe()))


def _matches(header: bytes | None, etag: str) -> bool:
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.decode("latin-1").split(",")]
    return etag in tags or "*" in tags


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > _MAX_ORDER_BYTES:
            raise ValueError("too long")
        if not message.get("more_body"):
            return body


async def reply(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, bare: bool = False
) -> None:
    """Send a whole answer with its length; `bare` leaves the body out, as for HEAD."""
    if status != 304:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if bare else body})
