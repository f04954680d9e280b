"""The parts of an export, asked for over HTTP from servers that answer, refuse, babble and stay silent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from functions.account.export_parts import HttpExportParts
from tests.support.waiting import eventually


class Area(ThreadingHTTPServer):
    """A function that answers every request alike and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, body: bytes, status: int = 200, *, after_s: float = 0.0) -> None:
        self.body, self.status, self.after_s = body, status, after_s
        self.asked: list[tuple[str, str | None]] = []
        self.n_open = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/area/export"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.n_open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.n_open -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Area

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        time.sleep(self.server.after_s)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


@contextmanager
def area(body: bytes = b'[{"id": 42}]', status: int = 200, *, after_s: float = 0.0) -> Iterator[Area]:
    server = Area(body, status, after_s=after_s)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_each_area_is_asked_in_the_name_of_the_user() -> None:
    with area() as favourites, area(b'{"balance": 3}') as coins:
        parts = HttpExportParts([("favourites", favourites.url), ("coins", coins.url)]).collect("some.access.token")
        assert parts.contents == {"favourites": [{"id": 42}], "coins": {"balance": 3}}
        assert parts.missing == []
        assert favourites.asked == coins.asked == [("/area/export", "Bearer some.access.token")]
        eventually(lambda: favourites.n_open == 0)


@pytest.mark.parametrize("status", [202, 302, 401, 404, 429, 500, 503])
def test_an_area_that_refuses_is_missing_and_the_others_are_there(status: int) -> None:
    with area() as favourites, area(b"[]", status) as coins:
        parts = HttpExportParts([("coins", coins.url), ("favourites", favourites.url)]).collect("token")
    assert (list(parts.contents), parts.missing) == (["favourites"], ["coins"])


@pytest.mark.parametrize("body", [b"", b"not json", b"<html>", b'{"cut": ', b"\xff\xfe"])
def test_an_area_that_answers_no_json_is_missing(body: bytes) -> None:
    with area(body) as coins:
        parts = HttpExportParts([("coins", coins.url)]).collect("token")
    assert (parts.contents, parts.missing) == ({}, ["coins"])


def test_an_area_that_is_away_or_silent_is_missing() -> None:
    with area() as favourites, closing(socket.create_server(("127.0.0.1", 0))) as silent:
        addresses = [
            ("away", "http://127.0.0.1:1/export"),
            ("silent", f"http://127.0.0.1:{silent.getsockname()[1]}/export"),
            ("favourites", favourites.url),
        ]
        parts = HttpExportParts(addresses, timeout_s=0.3).collect("token")
    assert (list(parts.contents), parts.missing) == (["favourites"], ["away", "silent"])


def test_areas_are_asked_at_the_same_time_and_none_holds_up_the_export() -> None:
    with area(after_s=0.4) as one, area(after_s=0.4) as two, area(after_s=30) as slow:
        started_s = time.monotonic()
        addresses = [("one", one.url), ("two", two.url), ("slow", slow.url)]
        parts = HttpExportParts(addresses, timeout_s=2).collect("token")
        assert time.monotonic() - started_s < 10
        slow.after_s = 0
    assert (sorted(parts.contents), parts.missing) == (["one", "two"], ["slow"])


def test_what_is_missing_is_logged_without_what_was_answered(caplog: pytest.LogCaptureFixture) -> None:
    with area(b'{"secret": "of ada') as coins:
        HttpExportParts([("coins", coins.url)]).collect("some.access.token")
    assert "export part coins is missing" in caplog.text
    assert "of ada" not in caplog.text
    assert "some.access.token" not in caplog.text


def test_without_other_areas_nothing_is_missing() -> None:
    parts = HttpExportParts(()).collect("token")
    assert (parts.contents, parts.missing) == ({}, [])
