"""Collects the parts of a user's export that other areas keep, over HTTP and in the name of the user."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import urlsplit

from functions.account.service import Parts
from shared.adapters.http.keep_alive import KeepAliveClient

_log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
"""For all parts together: a cold start of a function takes one or two seconds, and the caller waits 30 at most."""


class HttpExportParts:
    """Asks each area's function for its part; all at the same time."""

    def __init__(self, addresses: Sequence[tuple[str, str]], *, timeout_s: float = TIMEOUT_S) -> None:
        """Remember the name and address of each part."""
        self._addresses = addresses
        self._timeout_s = timeout_s

    def collect(self, token: str) -> Parts:
        """Return the parts of the user who holds this access token; a part that does not come is named as missing."""
        if not self._addresses:
            return Parts(contents={}, missing=[])
        pool = ThreadPoolExecutor(max_workers=len(self._addresses), thread_name_prefix="export")
        futures = {name: pool.submit(self._fetch, url, token) for name, url in self._addresses}
        wait(futures.values(), timeout=self._timeout_s)
        pool.shutdown(wait=False)
        contents: dict[str, Any] = {}
        missing = []
        for name, future in futures.items():
            try:
                contents[name] = future.result(timeout=0)
            except (OSError, http.client.HTTPException, ValueError, TimeoutError) as exc:
                # Not the exception's own words: a response may hold what the user keeps.
                _log.warning("export part %s is missing: %s", name, type(exc).__name__, extra={"action": "export_part"})
                missing.append(name)
        return Parts(contents=contents, missing=missing)

    def _fetch(self, url: str, token: str) -> Any:
        """One part; `ValueError` when the response is none."""
        address = urlsplit(url)
        client = KeepAliveClient(address, timeout_s=self._timeout_s)
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        try:
            reply = client.request("GET", address.path or "/", headers, b"")
        finally:
            client.close()
        if reply.status != 200:
            raise ValueError(f"status {reply.status}")
        return json.loads(reply.body)
