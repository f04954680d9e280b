"""The functions of accounts, asked over HTTP in the name of the operator who asks here."""

from __future__ import annotations

import http.client
import json
from functools import cache
from urllib.parse import urlsplit

from functions.bet_maker.service import Answer
from shared.adapters.http.keep_alive import KeepAliveClient
from shared.errors import Unavailable

TIMEOUT_S = 5.0


class UserFunctions:
    """`users` and `register` behind the address of all functions."""

    def __init__(self, pattern: str) -> None:
        """Remember the address, with ``{function}`` in place of a name."""
        self._client = cache(
            lambda function: KeepAliveClient(urlsplit(pattern.replace("{function}", function)), timeout_s=TIMEOUT_S)
        )

    def send(self, function: str, method: str, path: str, token: str, body: object = None) -> Answer:
        """Send a request with an access token; `Unavailable` when nobody answers."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        text = b"" if body is None else json.dumps(body).encode()
        try:
            reply = self._client(function).request(method, path, headers, text)
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"{function} does not answer") from exc
        return Answer(reply.status, reply.body, reply.headers.get("content-type", "application/json"))
