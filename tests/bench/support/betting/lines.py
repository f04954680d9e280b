"""How long lines take to be made, and a thousand open markets to be read."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from functions.make_lines import service
from functions.make_lines.ports import Deps
from functions.make_lines.store import PostgresLines
from shared.adapters.postgres.database import Postgres
from shared.testing.clock import HandClock
from tests.bench.support.betting.nine_leagues import NineLeagues

Json = dict[str, Any]
MAKE_S, READ_MS = 2.0, 5.0
MARKETS = 1_000
_READS, _UNCACHED_READS = 500, 20


def measure_lines(database: Postgres) -> Json:
    """Make the lines of nine leagues' next rounds: from nothing, again with every forecast changed, and unchanged."""
    maker = _Maker(database)
    figures: Json = {"made_s": maker.time()}
    figures["remade_s"] = [maker.remake() for _ in range(3)]
    figures["confirmed_s"] = maker.time()
    with database.connection() as connection:
        for table in ("events", "markets", "selections", "prices"):
            row = connection.execute(f"SELECT count(*) FROM betting_{table}".encode()).fetchone()
            figures[table] = row[0] if row else 0
    slowest = max(figures["made_s"], *figures["remade_s"])
    return {**figures, "target_s": MAKE_S, "met": slowest <= MAKE_S}


def measure_read(database: Postgres, url: str) -> Json:
    """Read a page of at least a thousand open markets over HTTP, from the cache and after a change."""
    maker = _Maker(database)
    maker.time()
    with httpx.Client(base_url=url, timeout=30, headers={"Accept-Encoding": "identity"}) as client:
        limit, n_markets, n_bytes = _page_of_markets(client)
        query = {"limit": limit}
        cached = sorted(_timed(lambda: client.get("/lines", params=query)) for _ in range(_READS))
        uncached = []
        for _ in range(_UNCACHED_READS):
            maker.touch()
            uncached.append(_timed(lambda: client.get("/lines", params=query)))
        gzip = {"Accept-Encoding": "gzip"}
        client.get("/lines", params={"limit": limit}, headers=gzip)
        compressed = [
            _timed(lambda: client.get("/lines", params={"limit": limit}, headers=gzip)) for _ in range(_READS)
        ]
    return {
        "markets": n_markets,
        "bytes": n_bytes,
        "cached_p50_ms": round(statistics.median(cached), 2),
        "cached_p99_ms": round(cached[int(len(cached) * 0.99)], 2),
        "gzip_p50_ms": round(statistics.median(compressed), 2),
        "after_a_change_p50_ms": round(statistics.median(uncached), 2),
        "target_ms": READ_MS,
        "met": statistics.median(cached) <= READ_MS,
    }


class _Maker:
    """make-lines over a database, with football that answers at once."""

    def __init__(self, database: Postgres) -> None:
        self._database = database
        self._clock = HandClock(datetime.now(UTC))
        self._football = NineLeagues(self._clock.now())
        self._deps = Deps(football=self._football, lines=PostgresLines(database), clock=self._clock)

    def time(self) -> float:
        """Seconds of one tick of the clock."""
        begun_s = time.perf_counter()
        service.make_all(self._deps)
        return round(time.perf_counter() - begun_s, 3)

    def remake(self) -> float:
        """The same with new forecasts."""
        self._clock.move(1)
        self._football.refit(self._clock.now())
        return self.time()

    def touch(self) -> None:
        """Count a change of one event."""
        with self._database.connection() as connection:
            connection.execute("SELECT betting_touch(ARRAY[(SELECT min(id) FROM betting_events)], now())")


def _page_of_markets(client: httpx.Client) -> tuple[int, int, int]:
    """The smallest page with a thousand markets: its limit, its markets, its bytes."""
    for limit in range(20, 91):
        answer = client.get("/lines", params={"limit": limit})
        answer.raise_for_status()
        n_markets = sum(
            len([market for market in event["markets"] if market["state"] == "open"])
            for event in answer.json()["items"]
        )
        if n_markets >= MARKETS:
            return limit, n_markets, len(answer.content)
    raise SystemExit("there are no thousand open markets")


def _timed(get: Callable[[], httpx.Response]) -> float:
    """Milliseconds of a request."""
    begun_s = time.perf_counter()
    get().raise_for_status()
    return (time.perf_counter() - begun_s) * 1_000
