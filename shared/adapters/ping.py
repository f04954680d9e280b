"""Ask an engine whether it lives without importing its client, which would cost a cold start more than its budget.

What these prove is what ``pg_isready`` and ``PING`` prove: the engine answers and takes connections.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 1.0
_PROTOCOL_3_0 = 196608
_NOT_NOW = ("57P01", "57P02", "57P03", "53300", "3D000")
"""SQLSTATEs: shutting down, crashed, starting up, too many clients, no such database."""


def can_ask_postgres(url: str) -> bool:
    """Whether the URL names one TCP address; sockets, several hosts and services are libpq's to understand."""
    parts = urlsplit(url)
    return bool(parts.hostname) and "," not in parts.netloc and not {"host=", "service="} & _settings(parts)


def postgres(url: str, *, timeout_s: float = TIMEOUT_S) -> None:
    """Begin to log in, as ``pg_isready`` does; `Unavailable` unless the server takes connections.

    A server that asks for a password, or refuses this unencrypted greeting, lives; without either, the login goes
    through to the end and proves the database too.

    References
    ----------
    PostgreSQL 18 documentation, 54.2.1 (start-up), 54.7 (message formats).
    """
    parts = urlsplit(url)
    user = unquote(parts.username or "postgres")
    named = {"user": user, "database": unquote(parts.path.lstrip("/")) or user, "application_name": "touchline-probe"}
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in named.items()) + b"\0"
    greeting = struct.pack("!ii", len(body) + 8, _PROTOCOL_3_0) + body
    try:
        with socket.create_connection((parts.hostname, parts.port or 5432), timeout=timeout_s) as connection:
            connection.sendall(greeting)
            for kind, content in _messages(connection):
                if kind == b"E" and (code := _sqlstate(content)) in _NOT_NOW:
                    raise Unavailable(f"the database takes no connections ({code})")
                if kind in (b"E", b"Z") or (kind == b"R" and content[:4] != b"\0\0\0\0"):
                    connection.sendall(b"X\0\0\0\4")
                    return
    except OSError as exc:
        raise Unavailable("the database does not answer") from exc
    raise Unavailable("the database does not answer")


def valkey(url: str, *, timeout_s: float = TIMEOUT_S) -> None:
    """Log in and ``PING``; `Unavailable` unless the answer is ``PONG``."""
    parts = urlsplit(url)
    commands = [[b"PING"]]
    if parts.password:
        login = [unquote(parts.username)] if parts.username else []
        commands = [[b"AUTH", *(text.encode() for text in (*login, unquote(parts.password)))], *commands]
    try:
        with _connect(parts, timeout_s) as connection, connection.makefile("rb") as answers:
            connection.sendall(b"".join(_resp(command) for command in commands))
            replies = [answers.readline(512) for _ in commands]
    except OSError as exc:
        raise Unavailable("Valkey does not answer") from exc
    if replies[-1] != b"+PONG\r\n":
        # "-LOADING", "-NOAUTH", "-WRONGPASS": the first word is enough, the rest could tell a name.
        word = replies[-1].split(b" ")[0].decode(errors="replace").strip("-\r\n")
        raise Unavailable(f"Valkey is not ready ({word or 'no answer'})")


def _connect(parts: SplitResult, timeout_s: float) -> socket.socket:
    address = (parts.hostname or "127.0.0.1", parts.port or 6379)
    connection = socket.create_connection(address, timeout=timeout_s)
    if parts.scheme != "rediss":
        return connection
    import ssl

    return ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname)


def _resp(command: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in command)


def _messages(connection: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    with connection.makefile("rb") as answers:
        while len(head := answers.read(5)) == 5:
            kind, n_bytes = head[:1], int.from_bytes(head[1:], "big") - 4
            if not 0 <= n_bytes <= 65_536:
                return  # something else listens there
            yield kind, answers.read(n_bytes)


def _sqlstate(content: bytes) -> str:
    fields = {part[:1]: part[1:] for part in content.split(b"\0") if part}
    return fields.get(b"C", b"").decode(errors="replace")


def _settings(parts: SplitResult) -> set[str]:
    return {f"{item.partition('=')[0]}=" for item in parts.query.split("&")}
