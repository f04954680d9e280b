"""The common HTTP edge of every function: problem+json, health, bodies, and responses that Knative understands.

`main.py` installs it while functions-framework executes the module inside its Flask application context. It is also
the one module that edges import for reading requests and making responses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, request

from shared import errors, lazy
from shared.events import cloudevents, envelope, tracing
from shared.settings.edge import EdgeSettings
from shared.web import compression, request_reader, route_converters, routing
from shared.web.error_responses import EVENT_STATUS, respond_error
from shared.web.request_reader import FORM, read_body, read_form, read_query
from shared.web.responses import (
    cacheable_json,
    json_response,
    make_conditional,
    no_content,
    problem,
    retry_after_header,
)
from shared.web.routing import respond_unrouted

if TYPE_CHECKING:
    from shared.events.envelope import Event
    from shared.ports.probes import Probes

__all__ = [
    "FORM",
    "cacheable_json",
    "install",
    "json_response",
    "make_conditional",
    "no_content",
    "problem",
    "read_body",
    "read_form",
    "read_query",
    "receive_event",
    "respond_unrouted",
    "retry_after_header",
]

_TRACE_HEADER = f"HTTP_{tracing.HEADER.upper()}"


def install(
    app: Flask,
    *routes: Blueprint,
    probes: Probes | None = None,
    edge: EdgeSettings | None = None,
    body_limit_bytes: int | None = None,
    content_codings: Sequence[str] = (),
    after_change: Callable[[], None] | None = None,
    package: str = "",
) -> None:
    """Give a function its error responses, `/health/live`, `/health/ready`, `/openapi.json` and routes.

    Parameters
    ----------
    app : the Flask application functions-framework made (`flask.current_app` while `main.py` is executed).
    routes : blueprints of the function; a request that matches none reaches the target, see `respond_unrouted`.
    probes : the dependencies that readiness checks, by name.
    edge : limits and trusted origins; without it their defaults, for functions that have no such settings.
    body_limit_bytes : larger request bodies answer 413; for a function whose bodies have a size of their own.
    content_codings : of bodies that the function unpacks itself; all others answer 415.
    after_change : called once a request that may have changed something was answered with success; it never raises.
    package : of the function; its module `openapi` describes the routes. Without it there is no `/openapi.json`.
    """
    edge = edge or EdgeSettings()
    app.config["MAX_CONTENT_LENGTH"] = body_limit_bytes or edge.body_limit_bytes
    app.config.update(PUBLIC_ORIGIN=edge.public_origin, TRUSTED_PROXIES=edge.trusted_proxies)
    app.config["CONTENT_CODINGS"] = ("", "identity", *content_codings)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_error_handler(Exception, respond_error)
    app.before_request(_begin_request)
    app.after_request(_finish_response)
    app.teardown_request(lambda _error: tracing.enter())
    if after_change is not None:
        app.after_request(_calling_after_change(after_change))
    route_converters.install(app.url_map)
    app.url_rule_class = routing.RoutedRule
    for blueprint in routes:
        app.register_blueprint(blueprint)
    _add_health(app, probes or {})
    if package:
        document = cache(partial(_build_document, app, package))
        app.add_url_rule("/openapi.json", "openapi", lambda: cacheable_json(document()), methods=["GET"])


def receive_event(handle: Callable[[Event], Event | None]) -> Response:
    """Pass the request's CloudEvent to `handle` and respond as a Knative broker expects.

    functions-framework's own CloudEvent signature answers ``200 OK`` with a text body, which both broker classes count
    as a failed delivery. Here success is an empty 202, or 200 with the event that `handle` returns as the reply. Errors
    use the event column of the table: what can never succeed gets a status that is not retried.
    """
    try:
        event = cloudevents.from_http(dict(request.headers), request.get_data())
        tracing.enter(tracing.current(), event.extensions.get(tracing.HEADER, ""))
        reply = handle(event)
    except errors.TouchlineError as error:
        return respond_error(error, EVENT_STATUS)
    if reply is None:
        return Response(status=202)
    headers, body = cloudevents.to_http(envelope.with_trace(reply))
    return Response(body, status=200, headers=headers)


def _build_document(app: Flask, package: str) -> dict[str, Any]:
    from shared.web import openapi_document

    operations = import_module(f"{package}.openapi").OPERATIONS
    return openapi_document.build_document(package.rpartition(".")[2], app.url_map.iter_rules(), operations)


def _begin_request() -> Response | None:
    """Enter the trace the request came with, or none, and read the body before any route."""
    environ = request.environ
    tracing.enter(environ.get(_TRACE_HEADER, ""))
    compression.strip_tag_suffix(environ)
    routing.check_host(environ)
    request_reader.load_body()
    return routing.respond_options() if environ["REQUEST_METHOD"] == "OPTIONS" else None


def _finish_response(response: Response) -> Response:
    if response.status_code == 204:
        response.headers.remove("Content-Type")  # Flask gives every response one
    return compression.compress(request, response)


def _calling_after_change(work: Callable[[], None]) -> Callable[[Response], Response]:
    """Return a hook that does `work` when the server has sent the response, so that nobody waits for it."""

    def hook(response: Response) -> Response:
        if request.method not in ("GET", "HEAD") and response.status_code < 400:
            response.call_on_close(work)
        return response

    return hook


def _add_health(app: Flask, probes: Probes) -> None:
    warm_up = _WarmUp()
    app.add_url_rule("/health/live", "health_live", lambda: json_response({"status": "live"}), methods=["GET"])
    app.add_url_rule("/health/ready", "health_ready", lambda: _check_ready(probes, warm_up), methods=["GET"])


class _WarmUp:
    """Imports the lazy modules in the background, once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._began = False

    def begin(self) -> None:
        """Start the thread, the first time this is called."""
        with self._lock:
            began, self._began = self._began, True
        if not began:
            Thread(target=lazy.import_registered, name="warm-up", daemon=True).start()


def _check_ready(probes: Probes, warm_up: _WarmUp) -> Response:
    """Return 200 when every dependency responds, 503 naming those that do not."""
    faults = {}
    for name, probe in probes.items():
        try:
            probe()
        except errors.TouchlineError as exc:
            faults[name] = str(exc)
    if faults:
        return problem(503, "Unavailable", f"not ready: {', '.join(faults)}", errors=faults)
    response = json_response({"status": "ready", "dependencies": list(probes)})
    response.call_on_close(warm_up.begin)
    return response
