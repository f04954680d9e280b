"""What every function's edge does alike: problem+json, health, bodies, callers, and answers that Knative understands.

Install it first in `main.py`, while functions-framework executes the module inside its Flask application context.
"""

from __future__ import annotations

import io
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from shared import errors
from shared.events import cloudevents, envelope, tracing
from shared.web import single_flight as answers

if TYPE_CHECKING:
    from pydantic import BaseModel
    from werkzeug.datastructures import MultiDict

    from shared.events.envelope import Event
    from shared.ports.probes import Probes

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[errors.TouchlineError], int, str], ...] = (
    (errors.TooLarge, 413, "Too large"),
    (errors.InvalidInput, 400, "Invalid input"),
    (errors.Unauthenticated, 401, "Not authenticated"),
    (errors.Forbidden, 403, "Forbidden"),
    (errors.NotFound, 404, "Not found"),
    (errors.NotAcceptable, 406, "Not acceptable"),
    (errors.Conflict, 409, "Conflict"),
    (errors.InProgress, 409, "In progress"),
    (errors.Overloaded, 429, "Too many requests"),
    (errors.Unavailable, 503, "Unavailable"),
)
"""Status and title by error; subclasses stand before their base."""

_EVENT_STATUS: dict[type[Exception], int] = {
    # Knative retries 404 and 409, so what can never succeed answers 422 instead: dead-lettered at once.
    errors.NotFound: 422,
    errors.Conflict: 422,
}

FORM = "application/x-www-form-urlencoded"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_DRAINED_LIMITS = 8
Model = TypeVar("Model", bound="BaseModel")


def install(
    app: Flask,
    *routes: Blueprint,
    probes: Probes | None = None,
    body_limit_bytes: int = 1_048_576,
    warm: Sequence[str] = (),
    afterwards: Callable[[], None] | None = None,
    public_origin: str = "",
    trusted_proxies: Sequence[str] = (),
    described: str = "",
) -> None:
    """Give a function its error answers, `/health/live`, `/health/ready`, `/openapi.json` and routes.

    Parameters
    ----------
    app : the Flask application functions-framework made (`flask.current_app` while `main.py` is executed).
    routes : blueprints of the function; whatever matches none of them reaches the target, see `no_route`.
    probes : the dependencies that readiness asks, by name.
    body_limit_bytes : larger request bodies answer 413.
    warm : modules a request needs and a cold start cannot afford: imported once readiness was answered.
    afterwards : called once a request that may have changed something was answered with success; it never raises.
    public_origin, trusted_proxies : what `shared.web.callers` goes by.
    described : package with the module `openapi` that describes the routes; without it there is no `/openapi.json`.
    """
    warming = _once(warm)
    app.config["MAX_CONTENT_LENGTH"] = body_limit_bytes
    app.config.update(PUBLIC_ORIGIN=public_origin, TRUSTED_PROXIES=tuple(trusted_proxies))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_error_handler(Exception, _answer_error)
    app.before_request(_begin)
    app.teardown_request(lambda _error: tracing.enter())
    if afterwards is not None:
        app.after_request(_followed_by(afterwards))
    for blueprint in routes:
        app.register_blueprint(blueprint)
    app.add_url_rule("/health/live", "health_live", lambda: answer({"status": "live"}), methods=["GET"])
    app.add_url_rule("/health/ready", "health_ready", lambda: _ready(probes or {}, warming), methods=["GET"])
    if described:
        document = cache(partial(_document, app, described))
        app.add_url_rule("/openapi.json", "openapi", lambda: cacheable(document()), methods=["GET"])


def answer(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; NaN and infinity are bugs, since JSON has neither."""
    return Response(answers.encoded(payload), status=status, headers=headers, content_type="application/json")


def cacheable(payload: Any, *, max_age_s: int = 0) -> Response:
    """A JSON answer as `conditional`."""
    return conditional(answer(payload), max_age_s=max_age_s)


def conditional(response: Response, *, max_age_s: int = 0) -> Response:
    """The answer with an ETag; 304 when the caller holds it already. Age 0 means: ask every time, cheaply."""
    response.headers["Cache-Control"] = f"public, max-age={max_age_s}, must-revalidate"
    response.add_etag()
    response.make_conditional(request)
    return response


def problem(status: int, title: str, detail: str, **members: Any) -> Response:
    """An RFC 9457 problem; `members` extend it (`errors` holds faults by field)."""
    slug = title.lower().replace(" ", "-")
    payload = {"type": f"urn:touchline:problem:{slug}", "title": title, "status": status, "detail": detail, **members}
    response = answer(payload, status)
    response.content_type = "application/problem+json"
    return response


def retry_after(error: errors.Overloaded) -> str:
    """The header's value: whole seconds, never so few that the answer would be the same."""
    return str(max(1, math.ceil(error.retry_after_s)))


def no_route(incoming: Any) -> Response:
    """The target's answer to whatever no route matched: 405 when another method would match, else 404."""
    adapter = current_app.url_map.bind("")
    allowed = [method for method in _METHODS if _routed(adapter, incoming.path, method)]
    if allowed and incoming.method not in allowed:
        response = problem(405, "Method not allowed", f"{incoming.method} is not among {', '.join(allowed)}")
        response.headers["Allow"] = ", ".join(allowed)
        return response
    return problem(404, "Not found", f"no route {incoming.path}")


def receive(handle: Callable[[Event], Event | None]) -> Response:
    """Hand the request's CloudEvent to `handle` and answer as a Knative broker expects.

    functions-framework's own CloudEvent signature answers ``200 OK`` with a text body, which both broker classes count
    as a failed delivery. Here success is an empty 202, or 200 with the event that `handle` returns as the reply. Errors
    answer by the event column of the table: what can never succeed gets a status that is not retried.
    """
    try:
        event = cloudevents.from_http(dict(request.headers), request.get_data())
        tracing.enter(tracing.current(), event.extensions.get(tracing.HEADER, ""))
        reply = handle(event)
    except errors.TouchlineError as error:
        return _answer_error(error, _EVENT_STATUS)
    if reply is None:
        return Response(status=202)
    headers, body = cloudevents.to_http(envelope.traced(reply))
    return Response(body, status=200, headers=headers)


def body(model: type[Model]) -> Model:
    """The request's JSON body as a model; `InvalidInput` names every field at fault."""
    from pydantic import ValidationError

    if request.mimetype != "application/json":
        raise errors.InvalidInput("the body must be application/json")
    try:
        # As UTF-8 (RFC 8259): json also takes UTF-16, which whoever filters in front of us reads as something else.
        payload = json.loads(request.get_data().decode(), object_pairs_hook=_members, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise errors.InvalidInput("the body is not JSON") from exc
    try:
        return model.model_validate(payload)
    except ValidationError as exc:
        raise _field_errors(exc, "the body does not fit") from None


def query(model: type[Model]) -> Model:
    """The query parameters as a model; a repeated or unknown parameter is a fault of that field."""
    return _fitted(model, request.args, "the query does not fit")


def form(model: type[Model]) -> Model:
    """The fields of a form as a model; a repeated one is a fault of that field."""
    if request.mimetype != FORM:
        raise errors.InvalidInput(f"the body must be {FORM}")
    return _fitted(model, request.form, "the form does not fit")


def _document(app: Flask, package: str) -> dict[str, Any]:
    from shared.web import openapi

    operations = import_module(f"{package}.openapi").OPERATIONS
    return openapi.document(package.rpartition(".")[2], app.url_map.iter_rules(), operations)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object; of two that are called alike others may have believed the first, we the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is given twice")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _fitted(model: type[Model], given: MultiDict[str, str], message: str) -> Model:
    from pydantic import ValidationError

    repeated = {name: "given more than once" for name, values in given.lists() if len(values) > 1}
    if repeated:
        raise errors.InvalidInput(message, errors=repeated)
    try:
        return model.model_validate(given.to_dict())
    except ValidationError as exc:
        raise _field_errors(exc, message) from None


def _begin() -> None:
    """What this request causes belongs to the trace it came with, or to none; its body is read before any route."""
    tracing.enter(request.headers.get(tracing.HEADER, ""))
    _read_body()


def _read_body() -> None:
    """Read the body once, before any route; refuse it here when it is too large, for routes and for none.

    functions-framework reads it again after every answer and turns the second refusal into a 500, so it finds nothing
    more to read. What was sent is thrown away up to a bound: a client that is cut off while sending sees no answer.
    """
    try:
        body = request.get_data()
        if not body or request.content_length is not None:
            return
    except RequestEntityTooLarge:
        body = None
    limit = request.max_content_length or 0
    # Of a chunked body werkzeug silently hands out the part that fits.
    if body is None or len(body) >= limit:
        _drain(_DRAINED_LIMITS * limit)
        request.stream = io.BytesIO()
        raise errors.TooLarge(f"the body is larger than {limit} bytes")


def _drain(at_most: int) -> None:
    source, left = request.environ["wsgi.input"], min(at_most, request.content_length or at_most)
    while left > 0 and (chunk := source.read(min(left, 65_536))):
        left -= len(chunk)


def _followed_by(work: Callable[[], None]) -> Callable[[Response], Response]:
    """Does `work` when the server has sent the answer, so that nobody waits for it."""

    def follow(response: Response) -> Response:
        if request.method not in ("GET", "HEAD") and response.status_code < 400:
            response.call_on_close(work)
        return response

    return follow


def _routed(adapter: Any, path: str, method: str) -> bool:
    """Whether one of our own routes, not functions-framework's catch-all, matches."""
    try:
        return bool(adapter.match(path, method)[0] != "run")
    except (HTTPException, RequestRedirect):
        return False


def _field_errors(exc: Any, message: str) -> errors.InvalidInput:
    faults = {".".join(str(part) for part in fault["loc"]) or "body": fault["msg"] for fault in exc.errors()}
    return errors.InvalidInput(message, errors=faults)


def _once(modules: Sequence[str]) -> Callable[[], None]:
    """What imports them in the background, the first time it is called."""
    left = [modules]

    def begin() -> None:
        try:
            names = left.pop()
        except IndexError:
            return
        Thread(target=lambda: [import_module(name) for name in names], name="warm-up", daemon=True).start()

    return begin


def _ready(probes: Probes, warm: Callable[[], None]) -> Response:
    """200 when every dependency answers, 503 naming those that do not."""
    faults = {}
    for name, probe in probes.items():
        try:
            probe()
        except errors.TouchlineError as exc:
            faults[name] = str(exc)
    if faults:
        return problem(503, "Unavailable", f"not ready: {', '.join(faults)}", errors=faults)
    response = answer({"status": "ready", "dependencies": list(probes)})
    response.call_on_close(warm)
    return response


def _answer_error(error: Exception, other_status: Mapping[type[Exception], int] = MappingProxyType({})) -> Response:
    """Translate any exception by the one table; a bug logs its traceback and tells the caller nothing."""
    if isinstance(error, HTTPException):
        return _answer_http_exception(error)
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return _answer_known(error, other_status.get(type(error), status), title)
    _log.error("unhandled error", exc_info=error, extra={"action": "bug", "path": request.path})
    return problem(500, "Internal error", "the fault is on our side and was recorded")


def _answer_known(error: errors.TouchlineError, status: int, title: str) -> Response:
    members = {"errors": error.errors} if isinstance(error, errors.InvalidInput) and error.errors else {}
    response = problem(status, title, str(error), **members)
    if isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.Overloaded):
        response.headers["Retry-After"] = retry_after(error)
    return response


def _answer_http_exception(error: HTTPException) -> Response:
    status = error.code or 500
    response = problem(status, error.name.capitalize(), str(error.description or error.name))
    if isinstance(error, RequestRedirect):
        response.headers["Location"] = error.new_url
    return response
