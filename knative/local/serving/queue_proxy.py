"""What Knative's queue-proxy does in front of a function: the queue, the limit, and the time limits.

No more than `containerConcurrency` requests run at once, ten times as many wait, the rest is told 503. The time of a
request runs from its arrival, so waiting counts. A thread cannot be interrupted: a handler that is given up with 504
runs on to its end and keeps its place until then, as it keeps its thread in a container.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from knative.manifests.model import Service
from shared.web import http

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PLAIN_ANSWERS = "touchline.plain_answers"
"""In the WSGI environment: refuse in the queue-proxy's own words, which end up in dead letters, not as a problem."""
QUEUE_FACTOR = 10
THREADS_WITHOUT_LIMIT = 64
"""Of a function with containerConcurrency 0; more wait, without a bound."""
BUFFERED_PARTS = 8
"""A function that answers faster than its caller reads is held up."""
_LOOK_AGAIN_S = 1.0

QUEUE_FULL = "pending request queue full\n"
TIMED_OUT = "request timeout"
"""The queue-proxy's words, each as it ends."""


def capacity(service: Service) -> int:
    """How many requests a function holds at most, running and waiting; without a limit, how many run."""
    return service.container_concurrency * (1 + QUEUE_FACTOR) or THREADS_WITHOUT_LIMIT


class QueueProxy:
    """A WSGI application in front of another one."""

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
        self._places = threading.BoundedSemaphore(capacity(service)) if service.container_concurrency else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The function's answer, or that there is no room or no time left."""
        if self._places is not None and not self._places.acquire(blocking=False):
            return self._refuse(503, "Unavailable", QUEUE_FULL, environ, start_response)
        exchange = _Exchange(self._app, environ)
        running = self._pool.submit(exchange.run)
        running.add_done_callback(self._give_back)
        try:
            first = exchange.part(self._first_within_s)
        except queue.Empty:
            running.cancel()  # if it still waits for its turn
            exchange.leave()
            return self._refuse(504, "Timed out", TIMED_OUT, environ, start_response)
        start_response(*exchange.head)
        return _Answer(exchange, first, self._next_within_s)

    def _give_back(self, _ended: Future[None]) -> None:
        if self._places is not None:
            self._places.release()

    def _refuse(
        self, status: int, title: str, text: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if environ.get(PLAIN_ANSWERS):
            from flask import Response

            return Response(text, status, content_type="text/plain; charset=utf-8")(environ, start_response)
        response = http.problem(status, title, f"function {self._name}: {text.strip()}")
        if status == 503:
            response.headers["Retry-After"] = "1"
        return response(environ, start_response)


class _Ended:
    """Stands after the last part."""


class _Exchange:
    """One request: a thread of the function makes the answer, the server's thread waits for its parts."""

    def __init__(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._app = app
        self._environ = environ
        self._parts: queue.Queue[bytes | BaseException | _Ended] = queue.Queue(BUFFERED_PARTS)
        self._left = threading.Event()
        self.head: tuple[Any, ...] = ()

    def run(self) -> None:
        """In the function's thread: answer, as long as somebody waits for it."""
        try:
            answer = self._app(self._environ, self._start)
            try:
                for part in answer:
                    if not self._hand_over(part):
                        return
            finally:
                if close := getattr(answer, "close", None):
                    close()
        except BaseException as exc:
            self._hand_over(exc)
        else:
            self._hand_over(_Ended())

    def part(self, within_s: float | None) -> bytes | None:
        """In the server's thread: the next part, None after the last; `queue.Empty` when it takes too long."""
        found = self._parts.get(timeout=within_s)
        if isinstance(found, BaseException):
            raise found
        return None if isinstance(found, _Ended) else found

    def leave(self) -> None:
        """Nobody waits any more."""
        self._left.set()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        self.head = (status, headers, exc_info) if exc_info else (status, headers)
        return self._hand_over

    def _hand_over(self, part: bytes | BaseException | _Ended) -> bool:
        while not self._left.is_set():
            try:
                self._parts.put(part, timeout=_LOOK_AGAIN_S)
            except queue.Full:
                continue
            return True
        return False


class _Answer:
    """The parts of an answer that has begun; one that falls silent is cut off, since its status is told already."""

    def __init__(self, exchange: _Exchange, first: bytes | None, within_s: float | None) -> None:
        self._exchange = exchange
        self._first = first
        self._within_s = within_s

    def __iter__(self) -> Iterator[bytes]:
        part = self._first
        while part is not None:
            yield part
            try:
                part = self._exchange.part(self._within_s)
            except queue.Empty:
                raise TimeoutError(TIMED_OUT) from None

    def close(self) -> None:
        """Called by the server in any case."""
        self._exchange.leave()
