"""Two doors to all functions: the public one knows the gateway's routes only, the inner one every function by name."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from knative.local.serving.loaded_function import LoadedFunction
from knative.local.serving.queue_proxy import PLAIN_ANSWERS
from knative.local.serving.routes import Routes
from knative.manifests.model import Name
from shared.web import http

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_LIMIT_BYTES = 2_097_152
"""Larger than any function takes; each has a limit of its own."""
_DRAIN_BYTES = 16_777_216
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,100}$")


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

    def public(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The public door: routes of the gateway, health, and the front page."""
        return self._answer(self._public_app(environ["PATH_INFO"]), environ, start_response)

    def inner(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The inner door: ``/<namespace>/<service>/...`` reaches the function as ``/...``."""
        parts = str(environ["PATH_INFO"]).split("/", 3)
        hosted = self._functions.get(Name(namespace=parts[1], name=parts[2])) if len(parts) > 2 else None
        if hosted is None:
            return self._answer(self._common(environ["PATH_INFO"]) or _nowhere, environ, start_response)
        environ["PATH_INFO"] = f"/{parts[3]}" if len(parts) > 3 else "/"
        environ[PLAIN_ANSWERS] = True
        return self._answer(hosted, environ, start_response)

    def _public_app(self, path: str) -> WSGIApplication:
        if common := self._common(path):
            return common
        if path == "/":
            return _get(lambda: http_page(self._front_page()))
        if page := self._pages.get(path.split("/")[1] if "/" in path else ""):
            return page
        found = self._routes.match(path)
        return self._functions[found] if found else _nowhere

    def _common(self, path: str) -> WSGIApplication | None:
        if path == "/health/live":
            return _get(lambda: http.json_response({"status": "live"}))
        return _get(self._ready) if path == "/health/ready" else None

    def _answer(self, app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give the request an id, which the answer repeats, and refuse a body that nobody takes."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        environ["HTTP_X_REQUEST_ID"] = request_id

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("X-Request-Id", request_id)], exc_info)

        if not _read_body(environ):
            app = http.problem(413, "Too large", f"more than {BODY_LIMIT_BYTES} bytes")
        return app(environ, start)

    def _ready(self) -> Any:
        """Ready when every function is: each answers for its own dependencies."""
        hosted = list(self._functions.values())
        with ThreadPoolExecutor(max_workers=max(1, len(hosted))) as pool:
            faults = dict(pair for pair in pool.map(_fault, hosted) if pair[1])
        if faults:
            return http.problem(503, "Unavailable", f"not ready: {', '.join(faults)}", errors=faults)
        return http.json_response({"status": "ready", "functions": [each.service.name.name for each in hosted]})


def http_page(text: str) -> Any:
    """An HTML page."""
    from flask import Response

    return Response(text, content_type="text/html; charset=utf-8")


def _fault(hosted: LoadedFunction) -> tuple[str, str]:
    """A function's name and why it is not ready, empty when it is."""
    from werkzeug.test import Client

    name = hosted.service.name.name
    if hosted.fault:
        return name, hosted.fault
    if not hosted.service.ready_path:
        return name, ""
    with Client(hosted.bare).get(hosted.service.ready_path, buffered=True) as answer:
        if answer.status_code == 200:
            return name, ""
        told = answer.get_json(silent=True)
        return name, str(told.get("detail") if isinstance(told, dict) else f"answers {answer.status_code}")


def _get(make: Callable[[], Any]) -> WSGIApplication:
    """An application that only reads."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            response = make()
        else:
            response = http.problem(405, "Method not allowed", f"{environ['REQUEST_METHOD']} is not GET")
            response.headers["Allow"] = "GET, HEAD"
        answer: Sequence[bytes] = response(environ, start_response)
        return answer

    return app


def _nowhere(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return http.problem(404, "Not found", f"no route {environ['PATH_INFO']}")(environ, start_response)


def _read_body(environ: WSGIEnvironment) -> bool:
    """Whether the body fits. It is read here: a function that is given up must not hold the connection's stream."""
    source, declared = environ["wsgi.input"], environ.get("CONTENT_LENGTH") or ""
    if not declared and not environ.get("wsgi.input_terminated"):
        return True
    length = int(declared) if declared.isdigit() else _DRAIN_BYTES
    body = source.read(min(length, BODY_LIMIT_BYTES + 1))
    environ["wsgi.input"] = io.BytesIO(body)
    if len(body) <= BODY_LIMIT_BYTES:
        return True
    _drain(source, length - len(body))
    return False


def _drain(source: Any, length: int) -> None:
    """Read what is refused, within reason: a client that still sends would not see the answer."""
    left = min(length, _DRAIN_BYTES)
    while left > 0 and (part := source.read(min(left, 65_536))):
        left -= len(part)
