"""A site that keeps archives as the real ones do: ETags, 304, and whatever can go wrong with a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType

PAGE = b"<!DOCTYPE html>\n<html><body>We have moved!</body></html>"


@dataclass(slots=True)
class Asked:
    """A request as it came."""

    path: str
    if_none_match: str
    user_agent: str
    status: int = 0


@dataclass(slots=True)
class ArchiveSite:
    """Files by path, faults by path, and a note of every request; a context manager."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Content by path without its first slash."""
    faults: dict[str, list[str]] = field(default_factory=dict)
    """What the next requests of a path meet: 429, 403, 503, half, page, moved:OTHER; ``*`` stands for any path."""
    requests: list[Asked] = field(default_factory=list)
    load: Callable[[str], bytes | None] = lambda path: None
    """Gives the content of a path that is not among `files`."""
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The address of the site."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def paths(self, status: int = 200) -> list[str]:
        """The paths that were answered with a status."""
        return [asked.path for asked in self.requests if asked.status == status]

    def __enter__(self) -> ArchiveSite:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.lstrip("/")
        headers = handler.headers
        asked = Asked(path, headers.get("If-None-Match", ""), headers.get("User-Agent", ""))
        self.requests.append(asked)
        planned = self.faults.get(path) or self.faults.get("*") or [""]
        fault = planned.pop(0) if planned != [""] else ""
        content = self.files.get(path)
        content = self.load(path) if content is None else content
        etag = f'"{hashlib.sha256(content or b"").hexdigest()[:16]}"'
        extra: dict[str, str] = {}
        if fault.isdigit():
            asked.status, body = int(fault), b"no"
            extra = {"Retry-After": "2"} if fault == "429" else {}
        elif fault.startswith("moved:"):
            asked.status, body, extra = 301, b"", {"Location": f"/{fault.partition(':')[2]}"}
        elif fault == "page":
            asked.status, body = 200, PAGE
        elif content is None:
            asked.status, body = 404, b"none"
        elif asked.if_none_match == etag:
            asked.status, body, extra = 304, b"", {"ETag": etag}
        else:
            asked.status, body, extra = 200, content, {"ETag": etag}
        handler.send_response(asked.status)
        for name, value in extra.items():
            handler.send_header(name, value)
        if asked.status != 304:
            handler.send_header("Content-Length", str(len(body)))
        if fault == "half":
            handler.send_header("Connection", "close")
            handler.close_connection = True
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2] if fault == "half" else body)
