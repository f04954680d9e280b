"""A store on loopback that speaks as much of S3 as we do, and checks every signature by itself."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

SECRET = "s3cret/of+the/bucket"
PAGE = 2
"""Names listed at once; a real one lists a thousand."""


class S3Server(ThreadingHTTPServer):
    """One bucket in memory."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, bytes] = {}
        self.status = 0
        """Answered to everything unless 0."""


class _Handler(BaseHTTPRequestHandler):
    server: S3Server

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._signed(content):
            self.server.kept[self._name()] = content
            self._answer(200)

    def do_GET(self) -> None:
        if not self._signed(b""):
            return
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._answer(200, self._listed(query["prefix"][0]))
        elif self._name() in self.server.kept:
            self._answer(200, self.server.kept[self._name()])
        else:
            self._answer(404)

    def do_DELETE(self) -> None:
        if self._signed(b""):
            self.server.kept.pop(self._name(), None)
            self._answer(204)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _name(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/bucket/")

    def _listed(self, prefix: str) -> bytes:
        names = [name for name in sorted(self.server.kept) if name.startswith(prefix)][:PAGE]
        entries = "".join(f"<Contents><Key>{escape(name)}</Key></Contents>" for name in names)
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return f'<?xml version="1.0"?><ListBucketResult xmlns="{space}">{entries}</ListBucketResult>'.encode()

    def _signed(self, content: bytes) -> bool:
        """Whether the request is answered; a wrong signature answers 403."""
        status = self.server.status or (0 if self._signature_fits(content) else 403)
        if status:
            self._answer(status)
        return not status

    def _signature_fits(self, content: bytes) -> bool:
        fields = dict(part.split("=", 1) for part in self.headers["Authorization"].split(" ", 1)[1].split(","))
        _, *scope = fields["Credential"].split("/")
        names = fields["SignedHeaders"].split(";")
        parts, digest = urlsplit(self.path), hashlib.sha256(content).hexdigest()
        lines = [self.command, parts.path, parts.query, *(f"{name}:{self.headers[name]}" for name in names), ""]
        canonical = "\n".join([*lines, fields["SignedHeaders"], digest])
        text = [
            "AWS4-HMAC-SHA256",
            self.headers["x-amz-date"],
            "/".join(scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
        key = f"AWS4{SECRET}".encode()
        for part in (*scope, "\n".join(text)):
            key = hmac.digest(key, part.encode(), "sha256")
        return fields["Signature"] == key.hex() and self.headers["x-amz-content-sha256"] == digest

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """One that runs inside."""
    with S3Server() as server:
        thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
