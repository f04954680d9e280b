"""The door: POSTs to Brokers, Channels and KafkaSinks are answered 202 once the log holds the event durably.

A plain ASGI application; it also answers ``/health/live``, ``/health/ready`` and ``/status``, which counts what came in
by each way and how it was answered.
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
from shared.errors import InvalidInput, Overloaded, TooLarge, TouchlineError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT_BYTES = 1_500_000
"""An entry of the log has 1 MiB at most; a structured event with base64 is a third larger."""
_WEBHOOK = {"Allow": "POST, OPTIONS", "WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"}

_BATCH = "application/cloudevents-batch"


class State(Protocol):
    """What the process can tell about itself."""

    def faults(self) -> list[str]:
        """Why it is not ready; empty when it is."""

    async def status(self) -> dict[str, Any]:
        """Each consumer's counts; `Unavailable` while the log is silent."""


class ResponseException(Exception):
    """Ends a request with an answer."""

    def __init__(
        self, status: int, title: str = "", detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})


class Ingress:
    """The ASGI application."""

    def __init__(
        self,
        *,
        endpoints: Mapping[str, IngressEndpoint],
        writer: LogWriter,
        state: State,
        clock: Clock,
        journal: EventTrace,
    ) -> None:
        """`endpoints` by the path of their address."""
        self._endpoints = endpoints
        self._writer = writer
        self._state = state
        self._clock = clock
        self._journal = journal
        self._intake = BodyBudget()
        self._answers: dict[str, Counter[int]] = {endpoint.label: Counter() for endpoint in endpoints.values()}
        """By endpoint and status."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, payload = await self._answer(scope, receive)
            await _send(send, status, payload)
        except ResponseException as answer:
            payload = (
                {
                    "type": f"urn:touchline:problem:{answer.title.lower().replace(' ', '-')}",
                    "title": answer.title,
                    "status": answer.status,
                    "detail": answer.detail,
                }
                if answer.title
                else None
            )
            await _send(send, answer.status, payload, answer.headers)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        method, path = scope["method"], scope["path"]
        if method in {"GET", "HEAD"} and path in {"/health/live", "/health/ready", "/status"}:
            return await self._told(path)
        if method == "OPTIONS":
            raise ResponseException(200, headers=_WEBHOOK)
        if method != "POST":
            raise ResponseException(
                405, "Method not allowed", f"{method} is not POST", headers={"Allow": "POST, OPTIONS"}
            )
        endpoint = self._endpoint(path)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return await self._counted(endpoint, headers, receive), None

    async def _told(self, path: str) -> tuple[int, Any]:
        if path == "/health/live":
            return 200, {"status": "live"}
        if path == "/health/ready":
            if faults := self._state.faults():
                raise ResponseException(503, "Unavailable", f"not ready: {'; '.join(faults)}")
            return 200, {"status": "ready"}
        try:
            return 200, {**await self._state.status(), "inlets": self._answers}
        except TouchlineError as exc:
            raise ResponseException(503, "Unavailable", str(exc)) from exc

    def _endpoint(self, path: str) -> IngressEndpoint:
        path = path.rstrip("/")
        if not PATH.fullmatch(path):
            raise ResponseException(400, "Invalid input", "the path is /<namespace>/<broker>")
        if path not in self._endpoints:
            raise ResponseException(404, "Not found", f"nothing takes events at {path}")
        return self._endpoints[path]

    async def _counted(self, endpoint: IngressEndpoint, headers: Mapping[str, str], receive: Receive) -> int:
        answers = self._answers[endpoint.label]
        try:
            await self._accept(endpoint, headers, receive)
        except ResponseException as answer:
            answers[answer.status] += 1
            raise
        answers[202] += 1
        return 202

    async def _accept(self, endpoint: IngressEndpoint, headers: Mapping[str, str], receive: Receive) -> None:
        try:
            if headers.get("content-type", "").lower().startswith(_BATCH):
                raise InvalidInput("batches are not taken: post the events one by one")
            with self._intake.reserve(_longest(headers)):
                event = endpoint.read(headers, await _body(receive))
                validation.check(event.attributes)
                await self._writer.append(endpoint.topic, endpoint.entry(event, self._clock.now()))
        except TooLarge as exc:
            raise ResponseException(413, "Too large", str(exc)) from exc
        except InvalidInput as exc:
            raise ResponseException(400, "Invalid input", str(exc)) from exc
        except Overloaded as exc:
            headers = {"Retry-After": f"{exc.retry_after_s:.0f}"}
            raise ResponseException(429, "Overloaded", str(exc), headers=headers) from exc
        except TouchlineError as exc:
            raise ResponseException(503, "Unavailable", str(exc)) from exc
        self._journal.note(event_step("received", event, endpoint.label))
        reach("before-202")


def _longest(headers: Mapping[str, str]) -> int:
    """Bytes that the body has at most."""
    if "transfer-encoding" in headers:
        return BODY_LIMIT_BYTES
    text = headers.get("content-length", "")
    size = int(text) if text.isdecimal() else 0
    if size > BODY_LIMIT_BYTES:
        raise TooLarge(f"more than {BODY_LIMIT_BYTES} bytes")
    return size


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise ResponseException(400, "Invalid input", "the body ended early")
        parts.append(part.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT_BYTES:
            raise TooLarge(f"more than {BODY_LIMIT_BYTES} bytes")
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
