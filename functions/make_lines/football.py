"""Football's public API over HTTP: analyze for forecasts, query-stats for results. No area reads another's tables."""

from __future__ import annotations

import http.client
import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from functions.make_lines.core import ClosingOdds, PlayedMatch
from functions.make_lines.ports import LeagueFit, ScoreForecast
from shared.adapters.http.keep_alive import KeepAliveClient
from shared.errors import NotFound, Unavailable

TIMEOUT_S = 10.0
_PAGE = 50
_DAY_PAGE = 500
_SHARPEST = ("pinnacle", "market_average")
"""Bookmakers whose closing odds are taken first."""


class HttpFootball:
    """Reads other functions by their routes. Shared by all threads."""

    def __init__(self, functions_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Store the pattern of the functions' addresses, with ``{function}`` in place of a name."""
        self._pattern = functions_url
        self._timeout_s = timeout_s
        self._clients: dict[str, tuple[KeepAliveClient, str]] = {}
        self._lock = threading.Lock()

    def leagues(self) -> Sequence[LeagueFit]:
        """List the analysed leagues."""
        items = self._get("analyze", "/analyze/leagues")["items"]
        return [
            LeagueFit(
                league_id=item["league_id"],
                league=item["league"],
                fitted_at=_moment(item["fitted_at"]),
                newest_match_at=item["newest_match_at"] and _moment(item["newest_match_at"]),
            )
            for item in items
        ]

    def forecasts(self, league: str, *, until: datetime) -> Sequence[ScoreForecast]:
        """List the forecasts of matches that begin by a moment."""
        found = []
        for item in self._items("analyze", f"/analyze/leagues/{quote(league)}/score-matrices", limit=_PAGE):
            forecast = _forecast(item)
            if forecast.starts_at > until:
                break
            found.append(forecast)
        return found

    def matches_of_day(self, day: date) -> Mapping[int, PlayedMatch]:
        """Return every match of a day (UTC) by id."""
        items = self._items("query-stats", "/stats/matches", date=day.isoformat(), limit=_DAY_PAGE)
        return {item["match_id"]: _played(item) for item in items}

    def match(self, match_id: int) -> PlayedMatch | None:
        """Return a match, None where it is not known."""
        try:
            return _played(self._get("query-stats", f"/stats/matches/{match_id}"))
        except NotFound:
            return None

    def closing_odds(self, match_id: int) -> ClosingOdds | None:
        """Return the closing odds of a match, those of the sharpest bookmaker that is known."""
        try:
            items = self._get("query-stats", f"/stats/matches/{match_id}/odds")["items"]
        except NotFound:
            return None
        return _closing_odds(items)

    def close(self) -> None:
        """Close this thread's connections."""
        for client, _ in self._clients.values():
            client.close()

    def _items(self, function: str, path: str, **query: Any) -> Iterator[Any]:
        """Yield the items of all pages, each page fetched when it is needed."""
        cursor = ""
        while cursor is not None:
            page = self._get(function, path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next"]

    def _get(self, function: str, path: str, **query: Any) -> Any:
        client, root = self._client(function)
        target = f"{root}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            reply = client.request("GET", target, {"Accept": "application/json"}, b"")
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable(f"{function} does not answer") from exc
        if reply.status == 404:
            raise NotFound(f"{function} knows nothing of {path}")
        if reply.status != 200:
            raise Unavailable(f"{function} answers {reply.status} to {path}")
        return json.loads(reply.body)

    def _client(self, function: str) -> tuple[KeepAliveClient, str]:
        with self._lock:
            if function not in self._clients:
                url = urlsplit(self._pattern.replace("{function}", function))
                self._clients[function] = KeepAliveClient(url, timeout_s=self._timeout_s), url.path.rstrip("/")
            return self._clients[function]


def _forecast(item: Mapping[str, Any]) -> ScoreForecast:
    import numpy as np

    return ScoreForecast(
        match_id=item["match_id"],
        round=item["round"],
        starts_at=_moment(item["starts_at"]),
        made_at=_moment(item["made_at"]),
        home_id=item["home"]["id"],
        home=item["home"]["name"],
        away_id=item["away"]["id"],
        away=item["away"]["name"],
        scores=np.array(item["scores"], dtype=np.float64),
    )


def _played(item: Mapping[str, Any]) -> PlayedMatch:
    return PlayedMatch(
        match_id=item["match_id"],
        status_code=item["status"]["code"],
        starts_at=_moment(item["starts_at"]),
        home_id=item["home"]["id"],
        away_id=item["away"]["id"],
        home_goals=item["score"]["home"],
        away_goals=item["score"]["away"],
        version=item["version"],
    )


def _closing_odds(items: Sequence[Mapping[str, Any]]) -> ClosingOdds | None:
    by_bookmaker: dict[str, dict[str, int]] = defaultdict(dict)
    for item in items:
        if item["is_closing"] and item["market"] == "result" and item["decimal"] > 1.005:
            by_bookmaker[item["bookmaker"]][item["outcome"]] = round(item["decimal"] * 100)
    whole = {name: odds for name, odds in by_bookmaker.items() if odds.keys() == {"home", "draw", "away"}}
    if not whole:
        return None
    name = next((name for name in _SHARPEST if name in whole), min(whole))
    odds = whole[name]
    return ClosingOdds(
        bookmaker=name, home_hundredths=odds["home"], draw_hundredths=odds["draw"], away_hundredths=odds["away"]
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
