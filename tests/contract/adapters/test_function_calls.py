"""Calls of one function to another over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shared.adapters.http.function_calls import FunctionCalls
from shared.errors import Unavailable
from shared.events import tracing

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers.get('traceparent', '')}".encode()
        self.send_response(200)
        self.send_header("ETag", '"a"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_name_of_a_function_completes_the_address(address: str) -> None:
    with closing(FunctionCalls(f"{address}/touchline/{{function}}")) as calls:
        reply = calls.send("query-stats", "GET", "/stats/leagues?a=b")
    assert (reply.status, reply.headers["etag"]) == (200, '"a"')
    assert reply.body.decode().strip() == "/touchline/query-stats/stats/leagues?a=b"


def test_a_call_carries_the_trace_of_the_request_it_is_made_for(address: str) -> None:
    tracing.enter(TRACE)
    try:
        with closing(FunctionCalls(f"{address}/{{function}}")) as calls:
            assert calls.send("a", "GET", "/").body.endswith(TRACE.encode())
    finally:
        tracing.enter()


def test_a_function_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="function search does not answer"):
        FunctionCalls("http://127.0.0.1:1/{function}").send("search", "GET", "/")
