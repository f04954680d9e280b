"""HTTP to a payment provider's API. What it does not say clearly is unknown, never failed."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from shared.adapters.http.keep_alive import KeepAliveClient
from shared.errors import NotFound, Unavailable
from shared.ports.payments import PaymentRefused

T = TypeVar("T")

TIMEOUT_S = 5.0
_RETRIED = (408, 409, 425, 429)
"""Refusals of this moment, not of the request."""


class ApiClient:
    """A provider's API at an address."""

    def __init__(self, url: str, headers: Mapping[str, str], *, timeout_s: float) -> None:
        parts = urlsplit(url)
        self._base, self._headers = parts.path.rstrip("/"), dict(headers)
        self._http = KeepAliveClient(parts, timeout_s=timeout_s)
        self.host = parts.hostname or ""

    def get(self, path: str) -> dict[str, Any]:
        """An object; `NotFound`, `Unavailable`."""
        status, content = self._request("GET", path, {}, b"")
        if status in (400, 404):
            raise NotFound(f"{self.host} knows no {path}")
        return _checked(status, content, self.host)

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The object that was made; `PaymentRefused`, `Unavailable`."""
        status, content = self._request("POST", path, headers, body)
        if 400 <= status < 500 and status not in _RETRIED:
            raise PaymentRefused(f"{self.host} refuses with {status}")
        return _checked(status, content, self.host)

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        try:
            reply = self._http.request(method, self._base + path, {**self._headers, **headers}, body)
            return reply.status, json.loads(reply.body) if reply.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise Unavailable(f"{self.host} does not answer") from exc


def _checked(status: int, content: Any, host: str) -> dict[str, Any]:
    if status != 200 or not isinstance(content, dict):
        raise Unavailable(f"{host} answers {status}")
    return content


def read(reader: Callable[[dict[str, Any]], T], content: dict[str, Any]) -> T:
    """What a provider answered, as `reader` reads it; `Unavailable` when it is not as the provider writes it."""
    try:
        return reader(content)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Unavailable("the provider's answer is not as it writes them") from exc


def to_id(value: object) -> str:
    """An id; `ValueError` unless it is text of 1 to 100 printable characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= 100 or not value.isprintable():
        raise ValueError("not an id")
    return value
