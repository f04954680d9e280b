"""Two entrances to all functions: the public one by the gateway's routes, the internal one by the function's name."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knative.local.serving.loaded_function import LoadedFunction
from knative.local.serving.routes import Routes
from knative.manifests.model import Name
from shared.web import http
from shared.web.server.environ import Scope, to_environ
from shared.web.server.exchange import Disconnected, Exchange, Receive, Send, TooLarge, read_body, send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGE_BODY_LIMIT_BYTES = 65_536
"""Of requests that reach no function."""
PAGE_THREADS = 8
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,100}$")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: to a function, or to an application of our own."""

    function: LoadedFunction | None
    app: WSGIApplication
    is_event: bool = False

    @property
    def body_limit(self) -> int:
        """The largest body it takes."""
        return self.function.body_limit if self.function else PAGE_BODY_LIMIT_BYTES


class FunctionRouter:
    """The functions of this process."""

    def __init__(
        self,
        functions: Mapping[Name, LoadedFunction],
        routes: Routes,
        *,
        front_page: Callable[[], str],
        pages: Mapping[str, WSGIApplication] | None = None,
    ) -> None:
        """`pages` are more of our own, by the first element of their paths."""
        self._pages = pages or {}
        self._functions = functions
        self._routes = routes
        self._front_page = front_page
        self._pool = ThreadPoolExecutor(max_workers=PAGE_THREADS, thread_name_prefix="page")

    async def public(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The public entrance: routes of the gateway, health, and our own pages."""
        await self._answer(self._public_target(scope["path"]), scope, receive, send)

    async def internal(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The internal entrance: ``/<namespace>/<service>/...`` reaches the function as ``/...``."""
        await self._answer(self._internal_target(scope["path"]), scope, receive, send)

    def _internal_target(self, path: str) -> Target:
        parts = path.split("/", 3)
        function = self._functions.get(Name(namespace=parts[1], name=parts[2])) if len(parts) > 2 else None
        if function is None:
            return Target(None, self._common(path) or _no_route)
        return Target(function, function.bare, is_event=True)

    def _public_target(self, path: str) -> Target:
        if app := self._common(path) or self._page(path):
            return Target(None, app)
        name = self._routes.match(path)
        function = self._functions[name] if name else None
        return Target(function, function.bare if function else _no_route)

    def _page(self, path: str) -> WSGIApplication | None:
        if path == "/functions":
            return _get(lambda: html_page(self._front_page()))
        return self._pages.get(path.split("/")[1] if "/" in path else "")

    def _common(self, path: str) -> WSGIApplication | None:
        if path == "/health/live":
            return _get(lambda: http.json_response({"status": "live"}))
        return _get(self._ready) if path == "/health/ready" else None

    async def _answer(self, target: Target, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request an id, which the answer repeats, read its body, and pass it on."""
        request_id = _request_id(scope)

        async def send_with_id(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            body = await read_body(scope, receive, limit=target.body_limit)
        except Disconnected:
            return
        except TooLarge:
            problem = http.problem(413, "Too large", f"the body is larger than {target.body_limit} bytes")
            await send_response(problem, scope, send_with_id)
            return
        environ = to_environ(scope, body)
        environ["HTTP_X_REQUEST_ID"] = request_id
        if target.is_event:
            environ["PATH_INFO"] = _without_name(environ["PATH_INFO"])
        if target.function is not None:
            await target.function.queue_proxy.answer(environ, scope, send_with_id, is_event=target.is_event)
        else:
            await self._answer_page(target.app, environ, send_with_id)

    async def _answer_page(self, app: WSGIApplication, environ: WSGIEnvironment, send: Send) -> None:
        exchange = Exchange(app, environ)
        self._pool.submit(exchange.run)
        try:
            await exchange.send(send)
        finally:
            exchange.abandon()

    def _ready(self) -> Any:
        """Ready when every function is: each answers for its own dependencies."""
        functions = list(self._functions.values())
        with ThreadPoolExecutor(max_workers=max(1, len(functions))) as pool:
            faults = dict(pair for pair in pool.map(_readiness_fault, functions) if pair[1])
        if faults:
            return http.problem(503, "Unavailable", f"not ready: {', '.join(faults)}", errors=faults)
        return http.json_response({"status": "ready", "functions": [each.service.name.name for each in functions]})


def html_page(text: str) -> Any:
    """An HTML page."""
    from flask import Response

    return Response(text, content_type="text/html; charset=utf-8")


def _request_id(scope: Scope) -> str:
    text = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return text if _REQUEST_ID.match(text) else uuid.uuid4().hex


def _without_name(path: str) -> str:
    """A path behind ``/<namespace>/<service>``."""
    parts = path.split("/", 3)
    return f"/{parts[3]}" if len(parts) > 3 else "/"


def _readiness_fault(function: LoadedFunction) -> tuple[str, str]:
    """A function's name and why it is not ready, empty when it is."""
    from werkzeug.test import Client

    name = function.service.name.name
    if function.fault:
        return name, function.fault
    if not function.service.ready_path:
        return name, ""
    with Client(function.bare).get(function.service.ready_path, buffered=True) as response:
        if response.status_code == 200:
            return name, ""
        problem = response.get_json(silent=True)
        return name, str(problem.get("detail") if isinstance(problem, dict) else f"answers {response.status_code}")


def _get(make: Callable[[], Any]) -> WSGIApplication:
    """An application that only reads."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            response = make()
        else:
            response = http.problem(405, "Method not allowed", f"{environ['REQUEST_METHOD']} is not GET")
            response.headers["Allow"] = "GET, HEAD"
        answer: Iterable[bytes] = response(environ, start_response)
        return answer

    return app


def _no_route(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return http.problem(404, "Not found", f"no route {environ['PATH_INFO']}")(environ, start_response)
