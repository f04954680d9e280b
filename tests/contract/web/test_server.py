"""The server in front of functions, through its socket: what slow, broken and greedy clients get."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.reference import ROOT
from tests.support.waiting import eventually

HEAD_S, BODY_S, CONNECTIONS, LIMIT = 0.5, 1.0, 40, 1000
SERVER = f"""
import json, socket, sys, time
from pathlib import Path
from werkzeug.wrappers import Request, Response
from shared.web.server.exchange import WsgiServer
from shared.web.server.protocol import Bounds
from shared.web.server.serving import run

calls = Path(sys.argv[1])

@Request.application
def app(request):
    body = request.get_data()
    if request.path == "/parts":
        return Response((b"%d," % number for number in range(1000)), content_type="text/plain")
    if request.path == "/broken":
        raise LookupError("no luck")
    with calls.open("a") as file:
        file.write(request.path + "\\n")
    names = {{name: value for name, value in request.headers.items()}}
    return Response(json.dumps({{"length": len(body), "path": request.path, "headers": names}}))

listening = socket.create_server(("127.0.0.1", 0), backlog=512)
print(listening.getsockname()[1], flush=True)
bounds = Bounds(head_within_s={HEAD_S}, body_within_s={BODY_S}, connections_per_address={CONNECTIONS})
run(WsgiServer(app, threads=2, body_limit={LIMIT}), [listening], bounds)
"""


@dataclass(frozen=True)
class Server:
    port: int
    calls: Path

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.settimeout(20)
        return connection

    def ask(self, *parts: bytes, half_close: bool = False) -> bytes:
        """All that comes back on a connection until the server closes it."""
        with closing(self.connect()) as connection:
            for part in parts:
                connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def called(self) -> list[str]:
        return self.calls.read_text().split() if self.calls.exists() else []


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            part = connection.recv(65_536)
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part


def read_one(connection: socket.socket) -> bytes:
    """One answer, its connection left open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = (line.split(b": ")[1] for line in head.split(b"\r\n") if line.startswith(b"content-length"))
    while len(body) < int(length):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def send_slowly(connection: socket.socket, request: bytes) -> None:
    for byte in request:
        connection.sendall(bytes([byte]))
        time.sleep(0.01)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    calls = tmp_path / "calls"
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(calls)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), calls)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def problem(answer: bytes, status: int) -> str:
    """The detail of a problem that ends its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} ")
    assert "content-type: application/problem+json" in lines
    members = json.loads(body)
    assert members["status"] == status
    assert members["type"].startswith("urn:touchline:problem:")
    return str(members["detail"])


def get(path: bytes = b"/", more: bytes = b"Connection: close\r\n") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n"


def post(length: int, body: bytes, more: bytes = b"") -> bytes:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more
    return head + b"Content-Length: " + str(length).encode() + b"\r\n\r\n" + body


def test_a_request_is_answered_and_its_connection_used_again(server: Server) -> None:
    with closing(server.connect()) as connection:
        for number in range(3):
            connection.sendall(get(b"/%d" % number, b""))
            answer = read_one(connection)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert f'"path": "/{number}"'.encode() in answer


def test_requests_in_one_packet_are_answered_in_their_order(server: Server) -> None:
    answer = server.ask(get(b"/first", b"") + get(b"/second"))
    assert answer.index(b'"/first"') < answer.index(b'"/second"')


def test_an_answer_without_a_length_comes_in_chunks(server: Server) -> None:
    answer = server.ask(get(b"/parts"))
    assert b"transfer-encoding: chunked" in answer
    assert answer.endswith(b"0\r\n\r\n")


def test_http_1_0_is_answered_as_1_1_and_closed(server: Server) -> None:
    answer = server.ask(b"GET /old HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_head_that_does_not_come_is_408(server: Server) -> None:
    assert "headers took longer than" in problem(server.ask(b"GET / HTTP/1.1\r\nHost: "), 408)
    assert server.called() == []


def test_a_head_that_comes_byte_by_byte_is_given_up_in_the_same_time(server: Server) -> None:
    with closing(server.connect()) as connection:
        begun_s = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_slowly(connection, get(b"/slow", b"X: " + b"y" * 10_000 + b"\r\n"))
        assert time.monotonic() - begun_s < 15
    assert server.called() == []


def test_a_second_head_on_a_kept_connection_has_the_same_time(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(get(b"/one", b""))
        assert b"200 OK" in read_one(connection)
        connection.sendall(b"GET /two HT")
        problem(read_all(connection), 408)


def test_a_body_that_does_not_come_is_408_and_reaches_nobody(server: Server) -> None:
    assert "body took longer than" in problem(server.ask(post(500, b"x" * 10)), 408)
    assert server.called() == []


@pytest.mark.parametrize(
    "cut_off",
    [
        post(500, b"x" * 100),
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"GET /half HTTP/1.1\r\nHost: x\r\n",
    ],
    ids=["length", "chunk", "last-chunk", "head"],
)
def test_an_incomplete_request_reaches_nobody(server: Server, cut_off: bytes) -> None:
    server.ask(cut_off, half_close=True)
    assert b"200 OK" in server.ask(get(b"/after"))
    assert server.called() == ["/after"]


def test_who_has_sent_a_whole_request_and_sends_no_more_is_answered(server: Server) -> None:
    assert b"200 OK" in server.ask(get(b"/", b""), half_close=True)
    assert b'"length": 5' in server.ask(post(5, b"hello"), half_close=True)


def test_a_body_in_chunks_is_read_whole(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b'"length": 8' in server.ask(head, b"5\r\nhello\r\n", b"3\r\nyou\r\n0\r\n\r\n")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_413(server: Server, chunked: bool) -> None:
    body = b"x" * (LIMIT + 1)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = head + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n" if chunked else post(len(body), body)
    assert f"larger than {LIMIT} bytes" in problem(server.ask(sent), 413)
    assert b'"length": 1000' in server.ask(post(LIMIT, b"x" * LIMIT))


def test_of_a_body_over_the_limit_nothing_is_asked_for(server: Server) -> None:
    answer = server.ask(post(10**9, b"", b"Expect: 100-continue\r\n"))
    assert b"100 Continue" not in answer
    problem(answer, 413)


def test_a_body_within_the_limit_is_asked_for(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(post(5, b"", b"Expect: 100-continue\r\n"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert b'"length": 5' in read_all(connection)


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "Host is missing"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "Host is given more than once"),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "Host is no host and port"),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "Host is no host and port"),
        (b"nonsense\r\n\r\n", "not HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n", "not HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "not HTTP/1.1"),
    ],
)
def test_a_head_that_cannot_be_right_is_400(server: Server, head: bytes, fault: str) -> None:
    assert fault in problem(server.ask(head), 400)
    assert server.called() == []


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_another_protocol_is_not_changed_to(server: Server, protocol: bytes) -> None:
    answer = server.ask(get(b"/", b"Connection: upgrade\r\nUpgrade: " + protocol + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" in answer


@pytest.mark.parametrize("host", [b"localhost", b"127.0.0.1:8080", b"[::1]:80", b"touchline.example", b""])
def test_a_host_that_may_be_is_taken(server: Server, host: bytes) -> None:
    answer = server.ask(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    assert b"200 OK" in answer


def test_a_header_with_an_underscore_is_left_out(server: Server) -> None:
    answer = server.ask(get(b"/", b"X_Forwarded_For: 1.2.3.4\r\nX-Real: yes\r\nConnection: close\r\n"))
    assert b"1.2.3.4" not in answer
    assert b"X-Real" in answer


def test_an_application_that_breaks_is_500_and_the_next_is_answered(server: Server) -> None:
    assert server.ask(get(b"/broken")).startswith(b"HTTP/1.1 500 ")
    assert b"200 OK" in server.ask(get())


def test_slow_clients_take_no_threads(server: Server) -> None:
    with ExitStack() as ends:
        for number in range(30):
            connection = ends.enter_context(closing(server.connect()))
            connection.sendall(post(500, b"x") if number % 2 else b"GET / HTTP/1.1\r\nHo")
        assert b"200 OK" in server.ask(get())


def test_an_address_has_only_so_many_connections(server: Server) -> None:
    with ExitStack() as ends:
        kept = [ends.enter_context(closing(server.connect())) for _ in range(CONNECTIONS)]
        for connection in kept:
            connection.sendall(get(b"/", b""))
            assert b"200 OK" in read_one(connection)
        assert f"more than {CONNECTIONS} connections" in problem(server.ask(), 503)
    eventually(lambda: b"200 OK" in server.ask(get()))
