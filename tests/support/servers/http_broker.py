"""A broker that keeps the events posted to it, and answers with the status a test sets."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shared.events import cloudevents
from shared.events.envelope import Event


class Broker(ThreadingHTTPServer):
    """Keeps every event; answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.paths: list[str] = []
        self.traces: list[str | None] = []
        self.connections: set[Any] = set()
        self.n_closed = 0
        self.status = 202
        self.hang_up_after_answer = False
        super().__init__(("127.0.0.1", 0), _IngressHandler)

    @property
    def url(self) -> str:
        """Address that events are posted to."""
        return f"http://127.0.0.1:{self.server_address[1]}/touchline/default"

    def shutdown_request(self, request: Any) -> None:
        """Close a connection and count it."""
        super().shutdown_request(request)
        self.n_closed += 1


class _IngressHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Broker

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.events.append(cloudevents.from_http(dict(self.headers), body))
        self.server.paths.append(self.path)
        self.server.traces.append(self.headers["traceparent"])
        self.server.connections.add(self.client_address)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        # Without announcing it, as a broker that restarts between two events.
        self.close_connection = self.server.hang_up_after_answer

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""
