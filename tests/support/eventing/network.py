"""The network of a cluster, without one: a post reaches the data plane's own ingress, or a subscriber."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.local.eventing.process.app import Eventing
from tests.support.eventing.doubles import Request, make_event

EVENTING, FUNCTIONS = "http://eventing", "http://functions"
Subscriber = Callable[[Message], Response]


class Cluster:
    """An `HttpClient` that is the network: addresses of the data plane lead to its ingress, others to subscribers."""

    def __init__(self, subscribers: Mapping[str, Subscriber]) -> None:
        self._subscribers = subscribers
        self.eventing: Eventing | None = None
        self.got: list[tuple[str, Message]] = []
        self.requests: list[Request] = []
        """The same as they came."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Response:
        if url.startswith(EVENTING):
            return await self.at_ingress(url.removeprefix(EVENTING), headers, body)
        self.requests.append(Request(url=url, headers=dict(headers), body=body, timeout_s=timeout_s))
        event = message.from_http(headers, body)
        name = url.removeprefix(f"{FUNCTIONS}/touchline/")
        self.got.append((name, event))
        return self._subscribers[name](event) if name in self._subscribers else Response(status=202)

    async def close(self) -> None:
        pass

    async def at_ingress(self, path: str, headers: Mapping[str, str], body: bytes, *, method: str = "POST") -> Response:
        """What the data plane itself answers."""
        assert self.eventing
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(part: MutableMapping[str, Any]) -> None:
            sent.append(part)

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.eventing.ingress({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
        return Response(status=sent[0]["status"], body=sent[1]["body"])


def replying(type: str = "happened") -> Subscriber:
    """Answers with an event that names the one it got."""

    def reply(event: Message) -> Response:
        headers, body = make_event(f"{event.id}+", type=type).request()
        return Response(status=200, headers=headers, body=body)

    return reply
