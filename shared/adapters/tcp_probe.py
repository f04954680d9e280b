"""The first readiness check: a TCP connect, since importing an engine's client would cost a cold start its budget."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from shared.errors import Unavailable


def connect(url: str, *, default_port: int, timeout_s: float) -> None:
    """Return when a server takes TCP connections at the address of a URL, raise `Unavailable` otherwise."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port or default_port), timeout_s).close()
    except OSError as exc:
        raise Unavailable(f"nothing listens at {parts.hostname}:{parts.port or default_port}") from exc


def names_one_host(url: str) -> bool:
    """Whether the URL names one TCP address; sockets, several hosts and services are libpq's to understand."""
    parts = urlsplit(url)
    options = {item.partition("=")[0] for item in parts.query.split("&")}
    return bool(parts.hostname) and "," not in parts.netloc and not {"host", "service"} & options
