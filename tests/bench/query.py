"""Ten questions to query-stats over 1.42 million matches and 1.5 million appearances, against their SQL alone.

- *direct*: the statements a question asks, with their parameters, sent to the engine's HTTP one after the other;
  nothing is read out of the answers.
- *cold*: the question over HTTP from the laptop's own server, the cache emptied before each: the same statements, and
  what query-stats makes of them.
- *cached*: the same questions again, each asked once before.

Direct and cold take turns, question by question, so that a noisy second hits them alike; *overhead* is the median of
cold less that of direct. *cpu* is the server's own processor time, cold and cached, on average: what a busy machine
cannot blur (of several clients it counts what runs beside a question too). Every question is about another league,
season, team or player, drawn by a seed. With several clients each has a connection of its own, and all of them one
processor with the server and the engine.

The matches are the 1,420,685 real ones of the reference folder where they are, generated ones elsewhere. Run as
``python -m tests.bench.query [--matches N] [--appearances N] [--questions N] [--clients 1,8]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

from functions.query_stats import catalogue, service
from functions.query_stats.ports import Deps, Rows, Tuple
from functions.query_stats.response_cache import ResponseCache
from functions.query_stats.store import ClickHouseStats, statement
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.catalogue import leagues
from shared.testing.memory_cache import MemoryCache
from shared.testing.valkey_process import ValkeyProcess
from tests.bench.support import warehouse_rows as volume
from tests.support.engines.olap import PASSWORD, migrated, new_olap
from tests.support.functions.server import served

OVERHEAD_P50_MS, TABLE_P99_MS, CACHED_P50_MS = 5.0, 50.0, 3.0
_SIDES = ("direct", "cold", "cached")
Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A resource with its parameters: of the path by `path`, of the query by `query`."""

    resource: str
    path: Given
    query: Given = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Below the server."""
        template = catalogue.BY_NAME[self.resource].path
        for name, value in self.path.items():
            template = template.replace(f"<{name}>", str(value)).replace(f"<int:{name}>", str(value))
        return f"/stats{template}?{urlencode(self.query)}"


@dataclass(frozen=True, slots=True)
class Pools:
    """What questions are drawn from."""

    seasons: Sequence[tuple[str, str]]
    """Slug and label, with appearances."""
    days: Sequence[date]
    teams: Sequence[int]
    players: Sequence[int]


def questions(pools: Pools, rng: random.Random) -> dict[str, Callable[[], Question]]:
    """What draws each of the ten."""

    def season(resource: str, **query: Any) -> Question:
        slug, label = rng.choice(pools.seasons)
        return Question(resource, {"league": slug}, {"season": label, **query})

    def as_of() -> Question:
        slug, label = rng.choice(pools.seasons)
        day = date(int(label[:4]), 9, 1) + timedelta(days=rng.randrange(240))
        return Question("table", {"league": slug}, {"season": label, "as_of": day.isoformat()})

    def player(resource: str) -> Question:
        return Question(resource, {"player_id": rng.choice(pools.players)})

    return {
        "table": lambda: season("table"),
        "table_as_of": as_of,
        "matches": lambda: season("matches", limit=50),
        "leaders": lambda: season("leaders", metric="goals"),
        "leaders_per_90": lambda: season("leaders", metric="keyPass", per_90="true", min_minutes=900),
        "player_season": lambda: player("player"),
        "player_matches": lambda: player("player_matches"),
        "team_squad": lambda: Question("team_squad", {"team_id": rng.choice(pools.teams)}),
        "head_to_head": lambda: Question(
            "head_to_head", {"team_id": rng.choice(pools.teams), "other_id": rng.choice(pools.teams)}
        ),
        "day": lambda: Question("day", {}, {"date": rng.choice(pools.days).isoformat()}),
    }


class RecordingStore:
    """A store that records its queries."""

    def __init__(self, stats: ClickHouseStats) -> None:
        self._stats = stats
        self.queries: list[tuple[str, Mapping[str, Any]]] = []
        self.parameters_of = stats.parameters_of

    def rows(self, question: str, parameters: Mapping[str, Any]) -> Rows:
        """Return the rows, and record the query."""
        self.queries.append((question, parameters))
        return self._stats.rows(question, parameters)

    def named_tuples(self, question: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """Return the rows as named tuples, and record the query."""
        self.queries.append((question, parameters))
        return self._stats.named_tuples(question, parameters, kind)


class Client:
    """Asks both doors over connections of its own."""

    def __init__(self, bench: Bench) -> None:
        server, olap = urlsplit(bench.server), urlsplit(bench.olap)
        self._server = http.client.HTTPConnection(server.hostname or "", server.port, timeout=60)
        self._olap = http.client.HTTPConnection(olap.hostname or "", olap.port, timeout=60)
        login = b64encode(f"touchline:{PASSWORD}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}"}
        self._database = olap.path.strip("/")
        self._store = RecordingStore(bench.stats)
        self._forget = bench.forget
        self._cpu_ms = bench.cpu_ms

    def fresh(self, question: Question) -> dict[str, float]:
        """Measure the statements alone, and the request while nothing is cached, in milliseconds."""
        statements = self._statements(question)
        direct_ms = timed(lambda: self._ask_engine(statements))
        self._forget()
        return {"direct": direct_ms, **self._served("cold", question)}

    def again(self, question: Question) -> dict[str, float]:
        """Measure the request while its response is cached, in milliseconds."""
        self._ask_server(question)
        return self._served("cached", question)

    def _served(self, side: str, question: Question) -> dict[str, float]:
        before_ms = self._cpu_ms()
        spent_ms = timed(lambda: self._ask_server(question))
        return {side: spent_ms, f"{side}_cpu": self._cpu_ms() - before_ms}

    def _statements(self, question: Question) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the queries that this request runs while nothing is cached."""
        self._store.queries.clear()
        resource = catalogue.BY_NAME[question.resource]
        query = resource.query()(**question.query)
        deps = Deps(stats=self._store, responses=ResponseCache(MemoryCache()), probes={})
        service.get_response(resource, {**question.path, **query.model_dump()}, deps)
        return list(self._store.queries)

    def _ask_engine(self, statements: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        for name, parameters in statements:
            bound = {f"param_{key}": _text(value) for key, value in parameters.items()}
            address = f"/?{urlencode({'database': self._database, 'default_format': 'Native', **bound})}"
            self._olap.request("POST", address, statement(name).encode(), self._headers)
            _read(self._olap)

    def _ask_server(self, question: Question) -> None:
        self._server.request("GET", question.address)
        _read(self._server)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started_s = time.perf_counter()
    work()
    return (time.perf_counter() - started_s) * 1000


def _read(connection: http.client.HTTPConnection) -> None:
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {body[:500].decode(errors='replace')}")


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"
    return str(int(value)) if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that runs."""

    server: str
    olap: str
    stats: ClickHouseStats
    forget: Callable[[], object]
    cpu_ms: Callable[[], float]
    """Of the server so far; the clock ticks in hundredths of a second, which many questions average out."""


@contextmanager
def running(stored: volume.Volume, folder: Path) -> Iterator[Bench]:
    """The engines, what is stored in them, and the laptop's server before them."""
    import redis

    with ExitStack() as ends:
        cache = ValkeyProcess(folder / "cache", appendonly="no")
        cache.start()
        ends.callback(cache.kill)
        olap = new_olap()
        ends.callback(olap.remove)
        olap.start()
        url = migrated(olap)
        warehouse = ClickHouse(url)
        volume.store(stored, warehouse)
        for table in ("matches", "appearances"):
            warehouse.command(f"OPTIMIZE TABLE {table}")
        server = ends.enter_context(served({"CLICKHOUSE_URL": url, "CACHE_URL": cache.url}, folder))
        forget = redis.Redis.from_url(cache.url).flushall
        yield Bench(server, url, ClickHouseStats(warehouse), forget, _cpu_ms_of("knative.local.serve"))


def _cpu_ms_of(module: str) -> Callable[[], float]:
    """Processor time of our processes that run a module."""
    import psutil

    result = [each for each in psutil.Process().children(recursive=True) if module in each.cmdline()]
    return lambda: sum(1000 * (times.user + times.system) for times in (each.cpu_times() for each in result))


def pools(stats: ClickHouse) -> Pools:
    """Whatever has appearances."""
    slugs = {league.id: league.slug for league in leagues.CATALOGUE}
    seasons = stats.query(
        "SELECT DISTINCT league_id, year FROM current_seasons WHERE (league_id, season_id) IN "
        "(SELECT league_id, season_id FROM appearances)"
    )
    days = stats.query(
        "SELECT toDate(starts_at) AS day FROM matches WHERE (league_id, season_id) IN "
        "(SELECT league_id, season_id FROM appearances) GROUP BY day HAVING count() > 5 ORDER BY day"
    )
    teams = stats.query("SELECT DISTINCT team_id FROM appearances ORDER BY team_id")
    players = stats.query("SELECT player_id FROM appearances GROUP BY player_id HAVING count() > 30 ORDER BY player_id")
    return Pools(
        seasons=sorted((slugs[row["league_id"]], row["year"]) for row in seasons),
        days=[row["day"] for row in days],
        teams=[row["team_id"] for row in teams],
        players=[row["player_id"] for row in players],
    )


def measure(bench: Bench, drawn: dict[str, Callable[[], Question]], n: int, n_clients: int) -> dict[str, Any]:
    """Median and 99th percentile of each side of each question."""
    clients = [Client(bench) for _ in range(n_clients)]
    for draw in drawn.values():  # whatever is imported, opened or compiled once
        for client in clients:
            client.fresh(draw())
    todo = [(name, draw()) for _ in range(n) for name, draw in drawn.items()]

    def share(place: int, ask: Callable[[Client, Question], dict[str, float]]) -> list[tuple[str, dict[str, float]]]:
        return [(name, ask(clients[place], question)) for name, question in todo[place::n_clients]]

    spent: list[tuple[str, dict[str, float]]] = []
    with ThreadPoolExecutor(n_clients) as pool:
        for phase in (Client.fresh, Client.again):
            for part in pool.map(partial(share, ask=phase), range(n_clients)):
                spent += part
    return {name: _summary([times for other, times in spent if other == name]) for name in drawn}


def _summary(spent: list[dict[str, float]]) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    for side in _SIDES:
        times = [each[side] for each in spent if side in each]
        sides[side] = {"p50_ms": round(median(times), 2), "p99_ms": round(quantiles(times, n=100)[98], 2)}
    sides["cpu_ms"] = {
        side: round(fmean(each[f"{side}_cpu"] for each in spent if side in each), 2) for side in ("cold", "cached")
    }
    sides["overhead_p50_ms"] = round(sides["cold"]["p50_ms"] - sides["direct"]["p50_ms"], 2)
    return sides


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met by one client."""
    parser = argparse.ArgumentParser(prog="query", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--matches", type=int, default=0, help="this many of the matches; 0 = all")
    parser.add_argument("--appearances", type=int, default=volume.N_APPEARANCES)
    parser.add_argument("--questions", type=int, default=100, help="of each kind (%(default)s)")
    parser.add_argument("--clients", default="1,8")
    parser.add_argument("--seed", type=int, default=11)
    requested = parser.parse_args(arguments)
    stored = volume.volume(requested.matches, requested.appearances, requested.seed)
    n_matches, n_appearances = stored.matches.num_rows, stored.appearances.num_rows
    print(f"{n_matches:,} matches of {stored.origin}, {n_appearances:,} appearances")
    folder = Path(tempfile.mkdtemp(prefix="touchline-query-"))
    results: dict[str, Any] = {}
    try:
        with running(stored, folder) as bench:
            drawn = questions(pools(ClickHouse(bench.olap)), random.Random(requested.seed))
            for n_clients in map(int, requested.clients.split(",")):
                load = os.getloadavg()[0]
                results[str(n_clients)] = result = measure(bench, drawn, requested.questions, n_clients)
                _show(n_clients, load, result)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    actual = {"bench": "query", "data": stored.origin, "matches": n_matches, "appearances": n_appearances}
    missed = _missed(results.get("1", {}))
    print(json.dumps({**actual, "questions": requested.questions, "clients": results, "missed": missed}))
    return 1 if missed else 0


def _show(n_clients: int, load: float, figures: Mapping[str, Any]) -> None:
    print(f"\n{n_clients} client(s), load {load:.1f}; p50 / p99 in ms")
    print(f"{'question':16}{'direct':>16}{'cold':>16}{'cached':>16}{'overhead':>10}{'cold:direct':>12}{'cpu':>14}")
    for name, sides in figures.items():
        actual = [f"{sides[side]['p50_ms']:.1f} / {sides[side]['p99_ms']:.1f}" for side in _SIDES]
        ratio = sides["cold"]["p50_ms"] / sides["direct"]["p50_ms"]
        cpu = f"{sides['cpu_ms']['cold']:.1f} / {sides['cpu_ms']['cached']:.1f}"
        times = f"{actual[0]:>16}{actual[1]:>16}{actual[2]:>16}"
        print(f"{name:16}{times}{sides['overhead_p50_ms']:>10.1f}{ratio:>12.2f}{cpu:>14}")


def _missed(figures: Mapping[str, Any]) -> list[str]:
    """Targets that one client does not see met."""
    missed = [f"{name}: overhead" for name, sides in figures.items() if sides["overhead_p50_ms"] > OVERHEAD_P50_MS]
    missed += [f"{name}: cached" for name, sides in figures.items() if sides["cached"]["p50_ms"] > CACHED_P50_MS]
    tables = [name for name in figures if name.startswith("table") and figures[name]["cold"]["p99_ms"] > TABLE_P99_MS]
    return missed + [f"{name}: p99" for name in tables]


if __name__ == "__main__":
    sys.exit(main())
