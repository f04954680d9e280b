"""The HTTP ingress: a POST to a Broker, Channel or KafkaSink is answered 202 once the log holds the event durably.

A plain ASGI application. It also answers ``/health/live``, ``/health/ready``, ``/healthz`` and ``/status``, which
counts for each endpoint how its requests were answered.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

from knative.local.eventing.ingress import validation
from knative.local.eventing.ingress.body_budget import BodyBudget
from knative.local.eventing.ingress.endpoints import PATH, IngressEndpoint
from knative.local.eventing.runtime.clock import Clock
from knative.local.eventing.runtime.crash_points import reach
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.trace.event_trace import EventTrace, event_step
from knative.manifests.model import BrokerClass
from shared.errors import InvalidInput, Overloaded, TooLarge, TouchlineError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 1_500_000
"""An entry of the log has 1 MiB at most; a structured event with base64 is a third larger."""
_WEBHOOK = {"Allow": "POST, OPTIONS", "WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"}
_BATCH = "application/cloudevents-batch"


class ProcessState(Protocol):
    """The state of the process, for ``/health/ready`` and ``/status``."""

    def faults(self) -> list[str]:
        """Why the process is not ready; empty when it is."""

    async def status(self) -> dict[str, Any]:
        """Counts of each consumer; `Unavailable` while the log does not answer."""


class ResponseException(Exception):
    """Ends a request with a response."""

    def __init__(
        self, status: int, title: str = "", detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})

    def problem(self) -> dict[str, Any] | None:
        """The body as problem+json; None for a response without one."""
        if not self.title:
            return None
        return {
            "type": f"urn:touchline:problem:{self.title.lower().replace(' ', '-')}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }


class Ingress:
    """The ASGI application."""

    def __init__(
        self,
        *,
        endpoints: Mapping[str, IngressEndpoint],
        writer: LogWriter,
        state: ProcessState,
        clock: Clock,
        trace: EventTrace,
    ) -> None:
        """`endpoints` by the path of their address."""
        self._endpoints = endpoints
        self._writer = writer
        self._state = state
        self._clock = clock
        self._trace = trace
        self._budget = BodyBudget()
        self._counts: dict[str, Counter[int]] = {endpoint.label: Counter() for endpoint in endpoints.values()}
        """By label and status."""
        self._has_channel_class = any(each.data_plane is BrokerClass.CHANNEL for each in endpoints.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, payload = await self._response(scope, receive)
            await _send(send, status, payload)
        except ResponseException as response:
            await _send(send, response.status, response.problem(), response.headers)

    async def _response(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        method, path = scope["method"], scope["path"]
        if method in {"GET", "HEAD"} and path in {"/health/live", "/health/ready", "/healthz", "/status"}:
            return await self._state_of_process(path)
        # As it was sent: ``/ns/%69n`` is another path than ``/ns/in``.
        path = (scope.get("raw_path") or path.encode()).decode("latin-1").rstrip("/")
        if method != "POST":
            raise self._not_posted(method, path)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return await self._count(self._endpoint_at(path), headers, receive), None

    async def _state_of_process(self, path: str) -> tuple[int, Any]:
        if path == "/healthz":
            return 200, None
        if path == "/health/live":
            return 200, {"status": "live"}
        if path == "/health/ready":
            if faults := self._state.faults():
                raise ResponseException(503, "Unavailable", f"not ready: {'; '.join(faults)}")
            return 200, {"status": "ready"}
        try:
            return 200, {**await self._state.status(), "inlets": self._counts}
        except TouchlineError as exc:
            raise ResponseException(503, "Unavailable", str(exc)) from exc

    def _not_posted(self, method: str, path: str) -> ResponseException:
        """The channel broker's ingress answers the handshake of webhooks, the Kafka broker's does not."""
        endpoint = self._endpoints.get(path)
        is_channel = endpoint.data_plane is BrokerClass.CHANNEL if endpoint else self._has_channel_class
        if method == "OPTIONS" and is_channel:
            return ResponseException(200, headers=_WEBHOOK)
        allowed = {"Allow": "POST, OPTIONS" if is_channel else "POST"}
        return ResponseException(405, "Method not allowed", f"{method} is not POST", headers=allowed)

    def _endpoint_at(self, path: str) -> IngressEndpoint:
        if path in self._endpoints:
            return self._endpoints[path]
        if self._has_channel_class and not PATH.fullmatch(path):
            raise ResponseException(400, "Invalid input", "the path is /<namespace>/<broker>")
        raise ResponseException(404, "Not found", f"no Broker, Channel or KafkaSink accepts events at {path or '/'}")

    async def _count(self, endpoint: IngressEndpoint, headers: Mapping[str, str], receive: Receive) -> int:
        counts = self._counts[endpoint.label]
        try:
            await self._accept(endpoint, headers, receive)
        except ResponseException as response:
            counts[response.status] += 1
            raise
        counts[202] += 1
        return 202

    async def _accept(self, endpoint: IngressEndpoint, headers: Mapping[str, str], receive: Receive) -> None:
        try:
            if headers.get("content-type", "").lower().startswith(_BATCH):
                raise InvalidInput("batches of events are not accepted: post the events one by one")
            with self._budget.reserve(_max_body_bytes(headers)):
                event = endpoint.read(headers, await _read_body(receive))
                validation.check(event.attributes, endpoint.data_plane)
                await self._writer.append(endpoint.topic, endpoint.entry(event, self._clock.now()))
        except TooLarge as exc:
            raise _too_large(exc, endpoint) from exc
        except InvalidInput as exc:
            raise ResponseException(400, "Invalid input", str(exc)) from exc
        except Overloaded as exc:
            retry_after = {"Retry-After": f"{exc.retry_after_s:.0f}"}
            raise ResponseException(429, "Overloaded", str(exc), headers=retry_after) from exc
        except TouchlineError as exc:
            raise ResponseException(503, "Unavailable", str(exc)) from exc
        self._trace.record(event_step("received", event, endpoint.label))
        reach("before-202")


def _too_large(exc: TooLarge, endpoint: IngressEndpoint) -> ResponseException:
    """The Kafka broker's ingress calls it 503, as its producer fails; senders then try again, in vain."""
    if endpoint.data_plane is BrokerClass.KAFKA:
        return ResponseException(503, "Unavailable", f"the event is too large for the log: {exc}")
    return ResponseException(413, "Too large", str(exc))


def _max_body_bytes(headers: Mapping[str, str]) -> int:
    """Return how long the body can be; `TooLarge` when it is announced to be longer than is read."""
    if "transfer-encoding" in headers:
        return MAX_BODY_BYTES
    text = headers.get("content-length", "")
    size = int(text) if text.isdecimal() else 0
    if size > MAX_BODY_BYTES:
        raise TooLarge(f"more than {MAX_BODY_BYTES} bytes")
    return size


async def _read_body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise ResponseException(400, "Invalid input", "the body ended early")
        parts.append(part.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise TooLarge(f"more than {MAX_BODY_BYTES} bytes")
        if not part.get("more_body", False):
            return b"".join(parts)


async def _send(send: Send, status: int, payload: Any, headers: Mapping[str, str] | None = None) -> None:
    body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
    sent = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    sent.append((b"content-length", str(len(body)).encode()))
    if payload is not None:
        sent.append((b"content-type", b"application/problem+json" if status >= 400 else b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
