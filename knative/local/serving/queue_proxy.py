"""What Knative's queue-proxy does in front of a function: the queue, the limit, and the time limits.

No more than `containerConcurrency` requests run at once, ten times as many wait, the rest gets 503. The time of a
request runs from its arrival, so waiting counts. A thread cannot be interrupted: a handler that is given up with 504
runs on to its end and keeps its place until then, as it keeps its thread in a container.

The limits count per pod. A worker process of the laptop's server is one pod of every function.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from knative.manifests.model import Service
from shared.web import http
from shared.web.server.environ import Scope
from shared.web.server.exchange import Exchange, Send, send_response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

QUEUE_FACTOR = 10
THREADS_WITHOUT_LIMIT = 64
"""Of a function with containerConcurrency 0; more wait, without a bound."""

QUEUE_FULL = "pending request queue full\n"
TIMED_OUT = "request timeout"
"""The queue-proxy's words, each as it ends."""


def capacity(service: Service) -> int:
    """How many requests a function holds at most, running and waiting; 0 = no limit."""
    return service.container_concurrency * (1 + QUEUE_FACTOR)


class QueueProxy:
    """In front of one function."""

    def __init__(self, app: WSGIApplication, service: Service) -> None:
        self._app = app
        self._name = service.name.name
        limits = (service.timeout_s, service.response_start_timeout_s, service.idle_timeout_s)
        # By the time the first byte is due all three have begun: the idle one too, as nothing was written yet.
        self._first_within_s = min(limit for limit in limits if limit)
        self._next_within_s = service.idle_timeout_s or None
        self._pool = ThreadPoolExecutor(
            max_workers=service.container_concurrency or THREADS_WITHOUT_LIMIT, thread_name_prefix=self._name
        )
        self._capacity = threading.BoundedSemaphore(capacity(service)) if capacity(service) else None

    async def answer(self, environ: WSGIEnvironment, scope: Scope, send: Send, *, is_event: bool = False) -> None:
        """Send the function's answer, or that there is no room or no time left.

        An event's refusal is in the queue-proxy's own words, which end up in dead letters; a person's is a problem.
        """
        if self._capacity is not None and not self._capacity.acquire(blocking=False):
            await self._refuse(503, "Unavailable", QUEUE_FULL, scope, send, is_event=is_event)
            return
        exchange = Exchange(self._app, environ)
        running = self._pool.submit(exchange.run)
        running.add_done_callback(self._free_place)
        try:
            await exchange.send(send, first_within_s=self._first_within_s, next_within_s=self._next_within_s)
        except TimeoutError:
            if exchange.has_begun:
                raise TimeoutError(TIMED_OUT) from None  # cut off, since its status is sent already
            running.cancel()  # if it still waits for its turn
            await self._refuse(504, "Timed out", TIMED_OUT, scope, send, is_event=is_event)
        finally:
            exchange.abandon()

    def _free_place(self, _ended: Future[None]) -> None:
        if self._capacity is not None:
            self._capacity.release()

    async def _refuse(self, status: int, title: str, text: str, scope: Scope, send: Send, *, is_event: bool) -> None:
        if is_event:
            from flask import Response

            response = Response(text, status, content_type="text/plain; charset=utf-8")
        else:
            response = http.problem(status, title, f"function {self._name}: {text.strip()}")
            if status == 503:
                response.headers["Retry-After"] = "1"
        await send_response(response, scope, send)
