"""The market over HTTP: a seller's API under ``/api/v1``, and what only a test may do under ``/standin``."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from k8s.local.market.market import Market, Refused
from shared.domain.ads.traffic import HOURS_A_WEEK

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

REQUESTS_A_SECOND = 5
BURST = 10
_BODY_LIMIT_BYTES = 4_000_000
_AT_MOST = 1_000
"""Changes of one request."""


class Bucket:
    """Requests of one seller: so many a second, and a burst."""

    def __init__(self, now_s: float) -> None:
        self._tokens, self._at_s = float(BURST), now_s

    def take(self, now_s: float) -> float:
        """Seconds to wait; 0 when the request may pass."""
        self._tokens = min(BURST, self._tokens + (now_s - self._at_s) * REQUESTS_A_SECOND)
        self._at_s = now_s
        if self._tokens < 1:
            return (1 - self._tokens) / REQUESTS_A_SECOND
        self._tokens -= 1
        return 0.0


class App:
    """An ASGI application over one market."""

    def __init__(self, market: Market, *, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`speed`: seconds of the market that pass in a second; 0 stands still until ``/standin/clock`` moves it."""
        self._market = market
        self._speed = speed
        self._monotonic = monotonic
        self._began_s, self._began_at = monotonic(), market.now
        self._buckets: dict[str, Bucket] = {}
        self._outage = 0
        self._limited = True
        self.n_refused = 0
        """Requests that were answered 429."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = await _read(receive)
        status, content, headers = self.answer(
            scope["method"],
            scope["path"],
            {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]},
            {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()},
            body,
        )
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": json.dumps(content, separators=(",", ":")).encode()})

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, content and headers of a response."""
        own = {"content-type": "application/json"}
        try:
            if self._speed:
                self._market.advance(self._began_at + int((self._monotonic() - self._began_s) * self._speed))
            content = json.loads(body) if body else {}
            if path.startswith("/standin/"):
                return 200, self._control(method, path, content), own
            if path in ("/health/live", "/health/ready"):
                return 200, {"status": "ok"}, own
            if self._outage > 0:
                self._outage -= 1
                return 503, {"error": "the market is out of service"}, own
            seller = self._market.seller_of(headers.get("authorization", "").removeprefix("Bearer "))
            wait_s = self._wait(seller)
            if wait_s:
                self.n_refused += 1
                return (
                    429,
                    {"error": "too many requests", "retry_after_s": wait_s},
                    {**own, "retry-after": f"{wait_s:.2f}"},
                )
            return 200, self._api(method, path, seller, query, content), own
        except Refused as exc:
            return exc.status, {"error": str(exc)}, own
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            return 400, {"error": f"malformed request: {exc}"}, own

    def _wait(self, seller: str) -> float:
        if not self._limited:
            return 0.0
        now_s = self._monotonic()
        return self._buckets.setdefault(seller, Bucket(now_s)).take(now_s)

    def _api(self, method: str, path: str, seller: str, query: Mapping[str, str], content: Any) -> Any:
        market = self._market
        match method, path.removeprefix("/api/v1"):
            case "GET", "/regions":
                return {"hours_a_week": HOURS_A_WEEK, "regions": {k: v.tolist() for k, v in market.weeks.items()}}
            case "GET", "/places":
                return {name: market.places(name) for name in query["regions"].split(",") if name in market.weeks}
            case "GET", "/statistics":
                return market.statistics(seller, int(query["since"]) if "since" in query else None)
            case "POST", "/campaigns":
                return {
                    each["reference"]: market.add(seller, each["reference"], each["name"], each["region"])
                    for each in _items(content)
                }
            case "PUT", "/states":
                return _effective(market.set_state(seller, each["id"], each["state"]) for each in _items(content))
            case "PUT", "/allowances":
                return _effective(
                    market.set_allowance(seller, each["id"], _whole(each["allowance"])) for each in _items(content)
                )
            case "PUT", "/bids":
                return _effective(market.set_bid(seller, each["id"], _whole(each["bid"])) for each in _items(content))
        raise Refused(404, "there is no such operation")

    def _control(self, method: str, path: str, content: Any) -> Any:
        match method, path:
            case "POST", "/standin/clock":
                now = self._market.now + int(content["advance_s"]) if "advance_s" in content else int(content["now"])
                return {"ticks": self._market.advance(now), "now": self._market.now}
            case "GET", "/standin/clock":
                return {"now": self._market.now}
            case "POST", "/standin/outage":
                self._outage = int(content["requests"])
                return {"requests": self._outage}
            case "POST", "/standin/limits":
                self._limited = bool(content["limited"])
                return {"limited": self._limited}
            case "POST", "/standin/sellers":
                return {"key": self._market.key_of(str(content["seller"]))}
            case "GET", "/standin/truth":
                return {"campaigns": self._market.truth(), "refused": self.n_refused}
        raise Refused(404, "there is no such operation")


def _items(content: Any) -> list[Mapping[str, Any]]:
    items = content["items"]
    if not isinstance(items, list) or not 1 <= len(items) <= _AT_MOST:
        raise Refused(400, f"items: must be from 1 to {_AT_MOST}")
    return items


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(400, f"{value!r}: must be a whole number of minor units")
    return value


def _effective(moments: Any) -> dict[str, int]:
    return {"effective_at": max(moments)}


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False) and len(body) < _BODY_LIMIT_BYTES
    return body
