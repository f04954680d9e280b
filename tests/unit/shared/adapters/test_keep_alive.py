"""Kept connections: what is not safe is never sent a second time."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from shared.adapters.http.keep_alive import KeepAliveClient
from tests.support.waiting import eventually

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers by script, one word per request: ``answer``, ``answer-and-close`` or ``close`` without an answer."""

    def __init__(self, *script: str) -> None:
        self.requests: list[str] = []
        self.n_closed = 0
        self._script = list(script)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = urlsplit(f"http://127.0.0.1:{self._socket.getsockname()[1]}")
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _run(self) -> None:
        while self._script:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                while self._script and self._serve(connection):
                    pass
            self.n_closed += 1

    def _serve(self, connection: socket.socket) -> bool:
        data = connection.recv(65536)
        if not data:
            return False
        self.requests.append(data.split(b" ")[0].decode())
        act = self._script.pop(0)
        if act != "close":
            connection.sendall(ANSWER)
        return act == "answer"


@contextmanager
def serving(*script: str) -> Iterator[tuple[Server, KeepAliveClient]]:
    server = Server(*script)
    client = KeepAliveClient(server.url, timeout_s=5)
    try:
        yield server, client
    finally:
        client.close()
        server.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_an_unsafe_request_whose_fate_is_unknown_is_sent_once(method: str) -> None:
    with serving("answer", "close", "answer") as (server, client):
        client.request("GET", "/", {}, b"")
        with pytest.raises((ConnectionError, http.client.BadStatusLine)):
            client.request(method, "/", {}, b"{}")
        assert server.requests == ["GET", method]
        assert client.request("GET", "/", {}, b"").status == 200


def test_a_safe_request_is_sent_again_on_a_fresh_connection() -> None:
    with serving("answer", "close", "answer") as (server, client):
        client.request("GET", "/", {}, b"")
        assert client.request("GET", "/", {}, b"").status == 200
        assert server.requests == ["GET", "GET", "GET"]


def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    with serving("answer-and-close", "answer") as (server, client):
        client.request("GET", "/", {}, b"")
        eventually(lambda: server.n_closed == 1)
        assert client.request("POST", "/", {}, b"{}").status == 200
        assert server.requests == ["GET", "POST"]
