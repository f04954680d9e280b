"""Functions with an inbox, behind a network that takes time and loses requests."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.simulator.processes import OUTSIDE

RequestOutcome = Literal["takes", "busy", "broken", "refuses", "forgets", "resets", "hangs", "garbles", "replies"]
"""What a function does with one request: `takes` it; is `busy` (429) or `broken` (503); `refuses` it (400); makes the
effect and `forgets` to answer; `resets` the connection before it; `hangs`; answers with what is no event; `replies`."""

ANSWER_TYPE = "sim.answered"
HANG_S = 7200.0
"""A request that hangs is held for so long."""
_STATUS: Mapping[RequestOutcome, int] = {"busy": 429, "broken": 503, "refuses": 400}
_WITHOUT_EFFECT = frozenset({"busy", "broken", "refuses", "resets", "hangs"})

Identity = tuple[str, str]
"""Source and id of an event."""


@dataclass(slots=True, kw_only=True)
class Request:
    """One POST as the network saw it."""

    sender: str
    url: str
    event: Message
    began_s: float
    ended_s: float | None = None
    """When the sender had its answer, or gave up; None when it never did."""
    answer: Response | None = None

    @property
    def taken(self) -> bool:
        """Whether the answer accepted the event."""
        return self.answer is not None and self.answer.status in {200, 202}

    @property
    def identity(self) -> Identity:
        """The identity of its event."""
        return self.event.source, self.event.id


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionBehaviour:
    """The likelihood of each outcome of a request, and the time a function takes."""

    weights: Mapping[RequestOutcome, float] = field(default_factory=lambda: {"takes": 1.0})
    script: Sequence[RequestOutcome] = ()
    """The outcomes of an event's first attempts; the last is repeated. Overrides `weights`."""
    takes_s: tuple[float, float] = (0.0, 0.01)
    """Shortest and longest."""


class Function:
    """A function whose effects are made once per (`source`, `id`): its inbox and its effect are one transaction."""

    def __init__(self, behaviour: FunctionBehaviour, chance: random.Random, *, may_reply: bool) -> None:
        self._may_reply = may_reply
        self.behaviour = behaviour
        self.effects: list[Message] = []
        self.n_requests = 0
        self._inbox: set[Hashable] = set()
        self._attempts: Counter[Identity] = Counter()
        self._chance = chance

    async def handle(self, event: Message) -> Response:
        """Answer a request; `ConnectionError` when there is no answer."""
        self.n_requests += 1
        outcome = self._draw_outcome(event)
        await asyncio.sleep(self._chance.uniform(*self.behaviour.takes_s))
        if outcome == "hangs":
            await asyncio.sleep(HANG_S)
        if outcome not in _WITHOUT_EFFECT:
            self._take(event)
        if outcome in {"forgets", "resets", "hangs"}:
            raise ConnectionResetError(outcome)
        if outcome == "garbles":
            return Response(status=200, body=b"OK")
        if outcome == "replies" and self._may_reply:
            return _answer_with(_reply_to(event))
        return Response(status=_STATUS.get(outcome, 202))

    def _draw_outcome(self, event: Message) -> RequestOutcome:
        if script := self.behaviour.script:
            identity = (event.source, event.id)
            self._attempts[identity] += 1
            return script[min(self._attempts[identity], len(script)) - 1]
        weights = self.behaviour.weights
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _take(self, event: Message) -> None:
        # A dead letter is identified by its destination as well: two Triggers may give up the same event.
        inbox_key = (event.source, event.id, event.attributes.get("knativeerrordest"))
        if inbox_key not in self._inbox:
            self._inbox.add(inbox_key)
            self.effects.append(event)


def _reply_to(event: Message) -> Message:
    """Make an event that follows from another; its id comes from the cause, so that it is the same each time."""
    extensions = {name: event.attributes[name] for name in ("specversion", "partitionkey") if name in event.attributes}
    return Message(
        attributes={**extensions, "type": ANSWER_TYPE, "source": "/answers", "id": f"{event.source}/{event.id}"},
        data=event.data,
    )


def _answer_with(event: Message) -> Response:
    headers, body = event.request()
    return Response(status=200, headers=headers, body=body)


class Network:
    """The network between the data planes and the functions."""

    def __init__(self, chance: random.Random, *, latency_s: float = 0.001) -> None:
        """`latency_s` is the longest time of one way."""
        self.functions: dict[str, Function] = {}
        self.requests: list[Request] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._chance = chance
        self._latency_s = latency_s

    async def exchange(self, url: str, event: Message) -> Response:
        """Deliver the event and return the answer; what was sent arrives even if the sender is gone."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Response] = loop.create_future()
        serving = loop.create_task(self._serve(self.functions[url], event, answered), context=OUTSIDE)
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard, context=OUTSIDE)
        return await answered

    async def _serve(self, function: Function, event: Message, answered: asyncio.Future[Response]) -> None:
        await self._travel()
        try:
            answer = await function.handle(event)
        except ConnectionError as exc:
            if not answered.done():
                answered.set_exception(exc)
            return
        await self._travel()
        if not answered.done():
            answered.set_result(answer)

    async def _travel(self) -> None:
        if self._latency_s:
            await asyncio.sleep(self._chance.random() * self._latency_s)


class SimulatedHttpClient:
    """The `HttpClient` of one process."""

    def __init__(self, network: Network, sender: str) -> None:
        self._network = network
        self._sender = sender
        self._open: Counter[str] = Counter()
        self.max_open: Counter[str] = Counter()
        """By URL, the most requests that were open at once."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Response:
        """Return the answer to one POST."""
        loop = asyncio.get_running_loop()
        request = Request(sender=self._sender, url=url, event=message.from_http(headers, body), began_s=loop.time())
        self._network.requests.append(request)
        self._open[url] += 1
        self.max_open[url] = max(self.max_open[url], self._open[url])
        try:
            answer = await self._answer(url, request.event, timeout_s)
        finally:
            self._open[url] -= 1
        request.ended_s, request.answer = loop.time(), answer
        return answer

    async def close(self) -> None:
        """Nothing to release."""

    async def _answer(self, url: str, event: Message, timeout_s: float | None) -> Response:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._network.exchange(url, event)
        except TimeoutError:
            return Response(error=f"no answer within {timeout_s:g} s")
        except ConnectionError as exc:
            return Response(error=str(exc))
