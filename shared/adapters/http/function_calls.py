"""Calls other functions over HTTP, each by its name."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.adapters.http.keep_alive import KeepAliveClient, Reply
from shared.errors import Unavailable
from shared.events import tracing

TIMEOUT_S = 5.0
"""Of a call that somebody waits for; reads that a page can do without wait less."""


class FunctionCalls:
    """The functions behind a pattern of addresses. Shared by all threads; connects on first use."""

    def __init__(self, pattern: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Remember the pattern, such as ``http://{function}.touchline.svc.cluster.local``."""
        self._pattern = pattern
        self._timeout_s = timeout_s
        self._clients: dict[tuple[str, str], KeepAliveClient] = {}  # one per address, which on a laptop is one for all

    def send(
        self, function: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Return the response of a function, whatever its status.

        Parameters
        ----------
        path : from the function's root, with the query.

        Raises
        ------
        Unavailable : it does not answer in time.
        """
        address = urlsplit(self._pattern.replace("{function}", function))
        sent = dict(headers or {})
        if trace := tracing.current():
            sent.setdefault(tracing.HEADER, trace)
        try:
            return self._client(address.scheme, address.netloc).request(method, f"{address.path}{path}", sent, body)
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"function {function} does not answer") from exc

    def close(self) -> None:
        """Close this thread's connections."""
        for client in list(self._clients.values()):
            client.close()

    def _client(self, scheme: str, netloc: str) -> KeepAliveClient:
        made = KeepAliveClient(urlsplit(f"{scheme}://{netloc}"), timeout_s=self._timeout_s)
        return self._clients.setdefault((scheme, netloc), made)
