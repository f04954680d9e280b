"""Posts to those who are woken; no answer at all is an answer too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

import httpx

from knative.local.eventing.delivery import Answer


class Poster(Protocol):
    """Sends one request."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Answer:
        """The answer; never raises for what the network does."""

    async def close(self) -> None:
        """Release connections."""


class HttpxPoster:
    """Over HTTP, with kept connections."""

    def __init__(self) -> None:
        # Kept for less time than the functions' server keeps them, so that it is never the one to hang up.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=256, keepalive_expiry=20)
        self._client = httpx.AsyncClient(limits=limits, timeout=None, trust_env=False)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Answer:
        """The answer of one POST; `timeout_s` covers all of it."""
        try:
            async with asyncio.timeout(timeout_s):
                response = await self._client.post(url, headers=headers, content=body)
        except TimeoutError:
            return Answer(fault=f"no answer within {timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            return Answer(fault=f"{type(exc).__name__}: {exc}")
        answered = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=answered, body=response.content)

    async def close(self) -> None:
        """Release connections."""
        await self._client.aclose()
