"""Requests by route and method: which methods a path supports, and the responses where no route matches."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from shared import errors
from shared.web.responses import problem


class RoutedRule(Rule):
    """A rule whose builder of URLs is compiled on first use.

    werkzeug compiles two builders per rule, a quarter of a millisecond each time, and functions build no URLs: fifty
    routes cost a cold start 12 ms.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder

        @cache
        def builder() -> Callable[..., tuple[str, str]]:
            return compile_builder(append_unknown)

        return lambda rule, *args, **kwargs: builder()(rule, *args, **kwargs)


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CATCH_ALL = "run"
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def allowed_methods(path: str) -> list[str]:
    """Return the methods of our own routes on a path, functions-framework's catch-all and HEAD and OPTIONS aside."""
    adapter = current_app.url_map.bind("")
    return [method for method in _METHODS if _is_routed(adapter, path, method)]


def respond_unrouted(incoming: Any) -> Response:
    """Return the target's response where no route matched: 405 when another method would match, else 404."""
    allowed = allowed_methods(incoming.path)
    if not allowed or incoming.method in allowed:
        return problem(404, "Not found", f"no route {incoming.path}")
    response = problem(405, "Method not allowed", f"{incoming.method} is not among {', '.join(allowed)}")
    response.headers["Allow"] = ", ".join(allowed)
    return response


def respond_options() -> Response | None:
    """Return the response to OPTIONS, None where no route matches; Flask would name the catch-all's methods, too."""
    if not (allowed := allowed_methods(request.path)):
        return None
    methods = [*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"]
    response = Response(headers={"Allow": ", ".join(methods)})
    del response.headers["Content-Type"]
    return response


def check_host(environ: Mapping[str, Any]) -> None:
    """Return when the request names one host, raise `InvalidInput` otherwise (RFC 9112, section 3.2)."""
    host = environ.get("HTTP_HOST")
    if host is None and environ.get("SERVER_PROTOCOL") != "HTTP/1.1":
        return
    if host is None or not _HOST.fullmatch(host.strip()):
        raise errors.InvalidInput("the Host header is missing or malformed")


def _is_routed(adapter: Any, path: str, method: str) -> bool:
    try:
        return bool(adapter.match(path, method)[0] != _CATCH_ALL)
    except (HTTPException, RequestRedirect):
        return False
