"""The queue, the limit and the time limits in front of a function, as the queue-proxy of a cluster keeps them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from werkzeug.test import Client, run_wsgi_app

from knative.local.serving.queue_proxy import QueueProxy
from knative.manifests.model import Name, Service
from shared.web.server.environ import to_environ
from shared.web.server.exchange import Receive, Send
from tests.support.functions.asgi import AsWsgi
from tests.support.functions.problems import assert_problem
from tests.support.waiting import eventually

SHORT_S = 0.1
"""Every limit that a test waits for."""


class Function:
    """A WSGI application whose answers wait for a word, and between parts for a time or another word."""

    def __init__(self, *parts: bytes | float | threading.Event) -> None:
        self.go = threading.Event()
        self.running = 0
        self.most_at_once = 0
        self.began = 0
        self.closed = threading.Event()
        self._parts = parts
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.began += 1
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        self.go.wait(10)
        with self._lock:
            self.running -= 1
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self._answer()

    def _answer(self) -> Iterator[bytes]:
        try:
            for part in self._parts or (b"done",):
                if isinstance(part, bytes):
                    yield part
                elif isinstance(part, threading.Event):
                    part.wait(10)
                else:
                    time.sleep(part)
        finally:
            self.closed.set()


def proxy(function: Any, **limits: float) -> AsWsgi:
    return behind(QueueProxy(function, Service(name=Name(namespace="touchline", name="f"), **limits)))  # type: ignore[arg-type]


def behind(queue_proxy: QueueProxy, is_event: bool = False) -> AsWsgi:
    async def app(scope: dict[str, Any], _receive: Receive, send: Send) -> None:
        await queue_proxy.answer(to_environ(scope, b""), scope, send, is_event=is_event)

    return AsWsgi(app)


class Callers:
    """Many at once; the statuses they got."""

    def __init__(self, app: AsWsgi, n: int) -> None:
        self.statuses: list[int] = []
        self._threads = [threading.Thread(target=self._call, args=(app,)) for _ in range(n)]
        for thread in self._threads:
            thread.start()

    def _call(self, app: AsWsgi) -> None:
        with Client(app).get("/", buffered=True) as answer:
            self.statuses.append(answer.status_code)

    def join(self) -> list[int]:
        for thread in self._threads:
            thread.join(10)
        return sorted(self.statuses)


@pytest.mark.conforms("runtime-concurrency", "runtime-queue-503")
def test_so_many_run_ten_times_as_many_wait_and_the_rest_is_told_503() -> None:
    function = Function()
    callers = Callers(proxy(function, container_concurrency=2), 25)
    eventually(lambda: len(callers.statuses) == 3, every_s=0.002)
    assert callers.statuses == [503] * 3
    function.go.set()
    assert callers.join() == [200] * 22 + [503] * 3
    assert function.most_at_once == 2


def test_without_a_limit_all_run() -> None:
    function = Function()
    callers = Callers(proxy(function), 30)
    eventually(lambda: function.running == 30, every_s=0.002)
    function.go.set()
    assert callers.join() == [200] * 30


def test_a_place_is_free_again_after_the_answer() -> None:
    function = Function()
    function.go.set()
    app = proxy(function, container_concurrency=1)
    assert [Client(app).get("/").status_code for _ in range(30)] == [200] * 30


@pytest.mark.conforms("runtime-timeout")
def test_a_function_that_takes_too_long_is_given_up_with_504() -> None:
    function = Function()
    answer = Client(proxy(function, timeout_s=SHORT_S)).get("/")
    assert "request timeout" in assert_problem(answer, 504, "Timed out")["detail"]
    function.go.set()


@pytest.mark.parametrize("limit", ["timeout_s", "response_start_timeout_s", "idle_timeout_s"])
def test_each_limit_holds_until_the_first_byte(limit: str) -> None:
    function = Function()
    assert Client(proxy(function, **{limit: SHORT_S})).get("/").status_code == 504
    function.go.set()


def test_waiting_for_a_place_counts_in_the_time_limit() -> None:
    function = Function()
    app = proxy(function, container_concurrency=1, timeout_s=SHORT_S)
    assert Callers(app, 2).join() == [504, 504]
    function.go.set()
    n_asked = answered(app)
    assert function.began <= 1 + n_asked, "who waited in vain never ran"


def test_a_handler_that_was_given_up_keeps_its_place_to_its_end() -> None:
    function = Function()
    app = proxy(function, container_concurrency=1, timeout_s=SHORT_S)
    assert Client(app).get("/").status_code == 504
    assert Client(app).get("/").status_code == 504
    assert function.most_at_once == 1
    function.go.set()
    assert answered(app)


def answered(app: AsWsgi) -> int:
    """How often one has to ask for an answer: a machine may stall for longer than the limit."""
    query: list[int] = []

    def ask() -> bool:
        query.append(Client(app).get("/").status_code)
        assert query[-1] in (200, 504)
        return query[-1] == 200

    eventually(ask)
    return len(query)


def test_an_answer_that_has_begun_may_take_its_time() -> None:
    function = Function(b"a", 2 * SHORT_S, b"b")
    function.go.set()
    app = proxy(function, timeout_s=SHORT_S, response_start_timeout_s=SHORT_S)

    def came() -> bytes:
        with Client(app).get("/") as answer:
            return answer.data if answer.status_code == 200 else b""

    assert eventually(came) == b"ab"


def test_an_answer_that_falls_silent_is_cut_off() -> None:
    go_on = threading.Event()
    function = Function(b"a", go_on, b"b", b"c")
    function.go.set()
    app = proxy(function, idle_timeout_s=SHORT_S)

    def begun() -> Any:
        parts, status, _ = run_wsgi_app(app, {"REQUEST_METHOD": "GET"})
        return parts if status.startswith("200") else None

    parts = eventually(begun)
    arrived = iter(parts)
    assert next(arrived) == b"a"
    with pytest.raises(TimeoutError):
        next(arrived)
    go_on.set()
    assert function.closed.wait(10), "the function is told that nobody listens"


def test_a_long_answer_comes_whole_and_in_order() -> None:
    function = Function(*(b"%d," % number for number in range(100)))
    function.go.set()
    assert Client(proxy(function)).get("/").data == b"".join(b"%d," % number for number in range(100))


def test_a_function_that_breaks_breaks_as_without_a_queue() -> None:
    def broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise LookupError("no luck")

    with pytest.raises(LookupError, match="no luck"):
        Client(proxy(broken, container_concurrency=1)).get("/")


def test_people_are_told_a_problem_and_events_the_queue_proxys_own_words() -> None:
    function = Function()
    service = Service(name=Name(namespace="touchline", name="f"), container_concurrency=1, timeout_s=10)
    queue_proxy = QueueProxy(function, service)
    app = behind(queue_proxy)
    callers = Callers(app, 12)
    eventually(lambda: callers.statuses == [503], every_s=0.002)
    problem = Client(app).get("/")
    assert "pending request queue full" in assert_problem(problem, 503, "Unavailable")["detail"]
    assert problem.headers["Retry-After"] == "1"
    plain = Client(behind(queue_proxy, is_event=True)).get("/")
    assert (plain.status_code, plain.text) == (503, "pending request queue full\n")
    assert plain.content_type == "text/plain; charset=utf-8"
    function.go.set()
    assert callers.join() == [200] * 11 + [503]
