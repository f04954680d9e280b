"""The door: POSTs to Brokers, Channels and KafkaSinks are answered 202 once the log holds the event durably.

A plain ASGI application; it also answers ``/health/live``, ``/health/ready`` and ``/status``, which counts what came in
by each way and how it was answered.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

from knative.local.eventing.ingress import endpoints as inlets
from knative.local.eventing.ingress import validation as validity
from knative.local.eventing.ingress.body_budget import Intake
from knative.local.eventing.ingress.endpoints import Inlet
from knative.local.eventing.runtime.clock import Clock
from knative.local.eventing.runtime.crash_points import reach
from knative.local.eventing.runtime.log_writer import Writer
from knative.local.eventing.trace.event_trace import Journal, introduce
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


class Answered(Exception):
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
        self, *, inlets: Mapping[str, Inlet], writer: Writer, state: State, clock: Clock, journal: Journal
    ) -> None:
        """`inlets` by the path of their address."""
        self._inlets = inlets
        self._writer = writer
        self._state = state
        self._clock = clock
        self._journal = journal
        self._intake = Intake()
        self._answers: dict[str, Counter[int]] = {inlet.label: Counter() for inlet in inlets.values()}
        """By inlet and status."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, payload = await self._answer(scope, receive)
            await _send(send, status, payload)
        except Answered as answer:
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
            raise Answered(200, headers=_WEBHOOK)
        if method != "POST":
            raise Answered(405, "Method not allowed", f"{method} is not POST", headers={"Allow": "POST, OPTIONS"})
        inlet = self._inlet(path)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return await self._counted(inlet, headers, receive), None

    async def _told(self, path: str) -> tuple[int, Any]:
        if path == "/health/live":
            return 200, {"status": "live"}
        if path == "/health/ready":
            if faults := self._state.faults():
                raise Answered(503, "Unavailable", f"not ready: {'; '.join(faults)}")
            return 200, {"status": "ready"}
        try:
            return 200, {**await self._state.status(), "inlets": self._answers}
        except TouchlineError as exc:
            raise Answered(503, "Unavailable", str(exc)) from exc

    def _inlet(self, path: str) -> Inlet:
        path = path.rstrip("/")
        if not inlets.PATH.fullmatch(path):
            raise Answered(400, "Invalid input", "the path is /<namespace>/<broker>")
        if path not in self._inlets:
            raise Answered(404, "Not found", f"nothing takes events at {path}")
        return self._inlets[path]

    async def _counted(self, inlet: Inlet, headers: Mapping[str, str], receive: Receive) -> int:
        answers = self._answers[inlet.label]
        try:
            await self._accept(inlet, headers, receive)
        except Answered as answer:
            answers[answer.status] += 1
            raise
        answers[202] += 1
        return 202

    async def _accept(self, inlet: Inlet, headers: Mapping[str, str], receive: Receive) -> None:
        try:
            if headers.get("content-type", "").lower().startswith(_BATCH):
                raise InvalidInput("batches are not taken: post the events one by one")
            with self._intake.let_in(_longest(headers)):
                event = inlet.read(headers, await _body(receive))
                validity.check(event.attributes)
                await self._writer.append(inlet.topic, inlet.entry(event, self._clock.now()))
        except TooLarge as exc:
            raise Answered(413, "Too large", str(exc)) from exc
        except InvalidInput as exc:
            raise Answered(400, "Invalid input", str(exc)) from exc
        except Overloaded as exc:
            headers = {"Retry-After": f"{exc.retry_after_s:.0f}"}
            raise Answered(429, "Overloaded", str(exc), headers=headers) from exc
        except TouchlineError as exc:
            raise Answered(503, "Unavailable", str(exc)) from exc
        self._journal.note(introduce("received", event, inlet.label))
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
            raise Answered(400, "Invalid input", "the body ended early")
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
