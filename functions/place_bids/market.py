"""The market's API for sellers over HTTP; its errors become ours here."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from functions.place_bids.ports import MarketCampaign, MarketHour, MarketReport, NewCampaign
from shared import lazy
from shared.adapters.http.keep_alive import KeepAliveClient
from shared.errors import InvalidInput, Overloaded, Unauthenticated, Unavailable

if TYPE_CHECKING:
    import numpy as np

    from shared.domain.ads.pacing import Floats
else:
    np = lazy.Module("numpy")

_TIMEOUT_S = 5.0
_AT_ONCE = 500
_TOTALS = ("id", "reference", "state", "bid", "allowance", "charged", "impressions", "clicks", "spend", "position_sum")
_COUNTS = ("impressions", "clicks", "spend", "orders", "revenue", "position_sum")


class HttpMarket:
    """The market at a URL. Shared by all threads; one connection each."""

    def __init__(self, url: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._http = KeepAliveClient(urlsplit(url), timeout_s=timeout_s)

    def read(self, key: str, *, hours_from: datetime | None) -> MarketReport:
        """Read totals; with `hours_from` also hours since then."""
        since = f"?since={int(hours_from.timestamp())}" if hours_from else ""
        answer = self._request("GET", f"/api/v1/statistics{since}", key)
        try:
            return _to_report(answer)
        except (KeyError, TypeError, ValueError) as exc:
            raise Unavailable("the market's answer is malformed") from exc

    def regions(self, key: str) -> Mapping[str, Floats]:
        """Weeks of traffic by region."""
        answer = self._request("GET", "/api/v1/regions", key)
        return {name: np.array(week, float) for name, week in answer["regions"].items()}

    def places(self, key: str, regions: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """What competitors bid at each place of each region."""
        answer: Mapping[str, Sequence[int]] = self._request(
            "GET", f"/api/v1/places?regions={quote(','.join(regions))}", key
        )
        return answer

    def create(self, key: str, campaigns: Sequence[NewCampaign]) -> None:
        """Create campaigns; a reference that exists already is left as it is."""
        items = [{"reference": each.reference, "name": each.name, "region": each.region} for each in campaigns]
        self._send("POST", "/api/v1/campaigns", key, items)

    def put_states(self, key: str, states: Mapping[int, str]) -> None:
        """Change states."""
        self._send(
            "PUT", "/api/v1/states", key, [{"id": market_id, "state": state} for market_id, state in states.items()]
        )

    def put_allowances(self, key: str, allowances: Mapping[int, int]) -> None:
        """Change what may be charged in all."""
        items = [{"id": market_id, "allowance": amount} for market_id, amount in allowances.items()]
        self._send("PUT", "/api/v1/allowances", key, items)

    def put_bids(self, key: str, bids: Mapping[int, int]) -> None:
        """Change bids."""
        self._send("PUT", "/api/v1/bids", key, [{"id": market_id, "bid": bid} for market_id, bid in bids.items()])

    def close(self) -> None:
        """Close this thread's connection."""
        self._http.close()

    def _send(self, method: str, path: str, key: str, items: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(items), _AT_ONCE):
            self._request(method, path, key, {"items": items[start : start + _AT_ONCE]})

    def _request(self, method: str, path: str, key: str, content: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = json.dumps(content).encode() if content is not None else b""
        try:
            reply = self._http.request(method, path, headers, body)
            answer = json.loads(reply.body or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise Unavailable("the market does not answer") from exc
        if reply.status == 429:
            raise Overloaded("the market's limit is reached", retry_after_s=float(answer.get("retry_after_s", 1.0)))
        if reply.status in (401, 403):
            raise Unauthenticated("the market does not accept the store's API key")
        if reply.status >= 500:
            raise Unavailable(f"the market answers {reply.status}")
        if reply.status >= 400:
            raise InvalidInput(f"the market refuses: {answer.get('error', reply.status)}")
        return answer


def _to_report(answer: Mapping[str, Any]) -> MarketReport:
    campaigns = [MarketCampaign(**{name: row[name] for name in _TOTALS}) for row in answer["campaigns"]]
    return MarketReport(
        now=_moment(answer["now"]),
        settled_until=_moment(answer["settled_until"]),
        campaigns={each.reference: each for each in campaigns},
        hours=[_to_hour(row) for row in answer.get("hours", ())],
    )


def _to_hour(row: Mapping[str, Any]) -> MarketHour:
    counts = {name: row[name] for name in _COUNTS}
    return MarketHour(reference=row["reference"], hour=_moment(row["hour"]), **counts)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
