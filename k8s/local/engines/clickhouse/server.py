"""ClickHouse's HTTP interface over the engine, one thread per connection."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from k8s.local.engines.clickhouse.engine import Engine, EngineError, QueryResult
from k8s.local.engines.clickhouse.statement import InvalidRequest, parse_request

_log = logging.getLogger(__name__)

MAX_BODY_BYTES = 512 * 1024 * 1024
"""Limit of one request, before and after decompression: above any batch, below the memory of a laptop."""

MAX_ADDRESS_BYTES = 1024 * 1024
"""ClickHouse's own limit (http_max_uri_size)."""

AUTHENTICATION_FAILED = 516
SYNTAX_ERROR = 62

_STATUS: dict[int, int] = {
    **dict.fromkeys(
        (6, 7, 26, 27, 33, 38, 41, 43, 44, 46, 47, 53, 62, 72, 73, 117, 130, 131, 349, 377, 386, 456, 457), 400
    ),
    **dict.fromkeys((36, 70, 115, 122, 158, 210), 400),
    AUTHENTICATION_FAILED: 403,
    497: 403,  # ACCESS_DENIED
    **dict.fromkeys((10, 16, 60, 81), 404),  # unknown column, table, database
    159: 408,  # TIMEOUT_EXCEEDED
    202: 503,  # TOO_MANY_SIMULTANEOUS_QUERIES
    241: 503,  # MEMORY_LIMIT_EXCEEDED: ClickHouse says 500; nothing is broken, and the same may work in a moment
    252: 503,  # TOO_MANY_PARTS
}
"""HTTP status by ClickHouse's error code; all others 500. Clients of ClickHouse read the code, not the status."""


class RequestRefused(Exception):
    """A request that never reaches the engine."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The only user. Without a password only the name is checked."""

    user: str = "default"
    password: str = field(default="", repr=False)

    def check(self, headers: Mapping[str, str], arguments: Mapping[str, str]) -> None:
        """`RequestRefused` unless the request names this user and password in one of ClickHouse's three ways."""
        user, password = self._credentials(headers, arguments)
        user_matches = hmac.compare_digest(user.encode(), self.user.encode())
        if not (hmac.compare_digest(password.encode(), self.password.encode()) and user_matches):
            raise RequestRefused(403, AUTHENTICATION_FAILED, f"{user}: Authentication failed. (AUTHENTICATION_FAILED)")

    @staticmethod
    def _credentials(headers: Mapping[str, str], arguments: Mapping[str, str]) -> tuple[str, str]:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return "", ""
            return user, password
        if "x-clickhouse-user" in headers or "x-clickhouse-key" in headers:
            return headers.get("x-clickhouse-user", "default"), headers.get("x-clickhouse-key", "")
        return arguments.get("user", "default"), arguments.get("password", "")


class Server(ThreadingHTTPServer):
    """Serves until `stop`, which waits for running statements."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine, account: Account) -> None:
        super().__init__(address, Handler)
        self.engine = engine
        self.account = account
        self._idle = threading.Condition()
        self._n_running = 0

    def __enter__(self) -> Server:
        return self

    def stop(self, *, grace_s: float) -> bool:
        """Accept nothing more; whether all running statements ended within the grace."""
        self.shutdown()
        deadline = time.monotonic() + grace_s
        with self._idle:
            return self._idle.wait_for(lambda: self._n_running == 0, max(0.0, deadline - time.monotonic()))

    def count(self, step: int) -> None:
        """A statement began (+1) or ended (-1)."""
        with self._idle:
            self._n_running += step
            self._idle.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the end of a connection at debug level only."""
        _log.debug("connection of %s ended early", client_address, exc_info=True)


class Handler(BaseHTTPRequestHandler):
    """Handles one connection."""

    protocol_version = "HTTP/1.1"
    server: Server
    disable_nagle_algorithm = True
    wbufsize = 65_536
    server_version = "touchline-olap"
    sys_version = ""
    timeout = 600

    def handle_one_request(self) -> None:
        """Accept URLs as long as ClickHouse does: clients put parameters there."""
        try:
            self.raw_requestline = self.rfile.readline(MAX_ADDRESS_BYTES + 1)
            if not self.raw_requestline:
                self.close_connection = True
            elif len(self.raw_requestline) > MAX_ADDRESS_BYTES:
                self.requestline = self.request_version = self.command = ""
                self.send_error(414)
            elif self.parse_request():
                self._dispatch()
                self.wfile.flush()
        except (TimeoutError, ConnectionError):
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send errors of the base class in ClickHouse's format."""
        self.close_connection = True
        self._fail(code, 1000, f"Code: 1000. DB::Exception: {message or 'this request is not supported'}")

    def _dispatch(self) -> None:
        if self.command == "GET":
            self.do_GET()
        elif self.command == "POST":
            self.do_POST()
        else:
            self.send_error(501, f"the method {self.command!r} is not supported")

    def do_GET(self) -> None:
        """Answer health checks and queries."""
        path = urlsplit(self.path).path
        if path == "/ping":
            self._respond(self._ping)
        elif path == "/replicas_status" or (path == "/" and not urlsplit(self.path).query):
            self._answer(200, b"Ok.\n")
        else:
            self._respond(self._run)

    def do_POST(self) -> None:
        """Run a statement."""
        self._respond(self._run)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: responses say what requests did."""

    def _ping(self) -> None:
        self.server.engine.ping()
        self._answer(200, b"Ok.\n")

    def _respond(self, work: Any) -> None:
        """QueryResult errors in ClickHouse's format."""
        self.server.count(1)
        try:
            work()
        except RequestRefused as exc:
            # The body was not read, so its bytes on this connection could be taken for a request.
            self.close_connection = True
            self._fail(exc.status, exc.code, f"Code: {exc.code}. DB::Exception: {exc}")
        except InvalidRequest as exc:
            self._fail(400, SYNTAX_ERROR, f"Code: {SYNTAX_ERROR}. DB::Exception: {exc} (SYNTAX_ERROR)")
        except EngineError as exc:
            self._fail(_STATUS.get(exc.code, 500), exc.code, str(exc))
        except ConnectionError:
            self.close_connection = True
        except Exception:
            _log.exception("unhandled error")
            self.close_connection = True
            self._fail(500, 1002, "Code: 1002. DB::Exception: internal error (UNKNOWN_EXCEPTION)")
        finally:
            self.server.count(-1)

    def _run(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/":
            raise RequestRefused(404, 1002, f"There is no handle {parts.path}")
        arguments = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.account.check(headers, arguments)
        body = _decode(headers.get("content-encoding", ""), self._body(headers))
        if headers.get("content-type", "").startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
            arguments, body = _form(arguments, headers["content-type"], body)
        result = self.server.engine.run(parse_request(arguments, headers, body))
        self._answer(200, result.body, {**_result_headers(result), **_query_id(arguments)})

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunked_body()
        try:
            size = int(headers.get("content-length", "0"))
        except ValueError:
            raise RequestRefused(400, 1000, "Content-Length is not a number") from None
        if not 0 <= size <= MAX_BODY_BYTES:
            raise RequestRefused(413, 1000, f"the body may have {MAX_BODY_BYTES} bytes")
        return self._read_exactly(size)

    def _chunked_body(self) -> bytes:
        pieces: list[bytes] = []
        remaining = MAX_BODY_BYTES
        while size := self._chunk_size():
            remaining -= size
            if remaining < 0:
                raise RequestRefused(413, 1000, f"the body may have {MAX_BODY_BYTES} bytes")
            pieces.append(self._read_exactly(size))
            self._read_exactly(2)
        while self.rfile.readline(65_537).strip():  # trailers
            pass
        return b"".join(pieces)

    def _chunk_size(self) -> int:
        line = self.rfile.readline(1_025).partition(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            size = -1
        if size < 0:
            raise RequestRefused(400, 1000, "a chunk's size is not a hexadecimal number")
        return size

    def _read_exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionError("the client disconnected within its body")
        return data

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _fail(self, status: int, code: int, message: str) -> None:
        headers = {"X-ClickHouse-Exception-Code": str(code), "Content-Type": "text/plain; charset=UTF-8"}
        try:
            self._answer(status, f"{message}\n".encode(), headers)
        except ConnectionError:
            self.close_connection = True


def _result_headers(result: QueryResult) -> dict[str, str]:
    headers = {"X-ClickHouse-Summary": json.dumps(result.summary()), "X-ClickHouse-Timezone": "UTC"}
    if result.output_format:
        headers["X-ClickHouse-Format"] = result.output_format
    is_binary = result.output_format in ("Native", "RowBinary", "Arrow", "ArrowStream", "Parquet", "ORC")
    headers["Content-Type"] = "application/octet-stream" if is_binary else "text/plain; charset=UTF-8"
    return headers


def _query_id(arguments: Mapping[str, str]) -> dict[str, str]:
    query_id = arguments.get("query_id", "")
    safe = query_id if query_id.isprintable() and query_id.isascii() else ""
    return {"X-ClickHouse-Query-Id": safe or str(uuid.uuid4())}


def _decode(encoding: str, body: bytes) -> bytes:
    """Decompress the body; `RequestRefused` if it is invalid, of an unknown encoding or too large."""
    if encoding in ("", "identity") or not body:
        return body
    try:
        decoded = _expand(encoding, body)
    except RequestRefused:
        raise
    except Exception as exc:  # every codec has errors of its own
        raise RequestRefused(400, 271, f"the body is not {encoding}: {exc} (CANNOT_DECOMPRESS)") from exc
    return decoded


def _expand(encoding: str, body: bytes) -> bytes:
    if encoding in ("gzip", "deflate"):
        import zlib

        inflater = zlib.decompressobj(wbits=47)  # 32 + 15: a gzip or zlib header, whichever is there
        return _within_bounds(inflater.decompress(body, MAX_BODY_BYTES), whole=inflater.eof)
    if encoding == "lz4":
        unpacker = import_module("lz4.frame").LZ4FrameDecompressor()
        return _within_bounds(unpacker.decompress(body, MAX_BODY_BYTES), whole=unpacker.eof)
    if encoding == "zstd":
        zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        expander = zstd.ZstdDecompressor()
        return _within_bounds(expander.decompress(body, MAX_BODY_BYTES), whole=expander.eof)
    raise RequestRefused(415, 373, f"Content-Encoding {encoding!r} is not among gzip, deflate, lz4, zstd")


def _within_bounds(decoded: bytes, *, whole: bool) -> bytes:
    if whole:
        return decoded
    if len(decoded) >= MAX_BODY_BYTES:
        raise RequestRefused(413, 1000, f"the body may have {MAX_BODY_BYTES} bytes, expanded too")
    raise ValueError("cut off")


def _form(arguments: Mapping[str, str], content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Return the parameters of the URL and of the form; clients send long statements and parameters as a form."""
    from io import BytesIO

    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    mimetype, options = parse_options_header(content_type)
    parser = FormDataParser(max_form_memory_size=None)
    _, fields, files = parser.parse(BytesIO(body), mimetype, len(body), options)
    if files:
        raise InvalidRequest("external data is not supported")
    return {**arguments, **fields.to_dict()}, b""
