"""How many bets are placed beside holds of the ledger on one server, and how soon each over HTTP."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from k8s.local.platform import Platform
from shared.adapters.postgres.bets import PostgresBets
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.settlements import PostgresSettlements
from shared.clock import SystemClock
from shared.security.tokens import Caller, Tokens
from shared.settings.accounts import TokenSettings
from shared.settings.loading import load_settings
from tests.bench.support.open_loop import Load
from tests.bench.support.pq_clients import Job
from tests.support.betting.book import GENEROUS, Book, Market
from tests.support.engines.postgres import run
from tests.support.reference import ROOT

PLACED_PER_HOLD, P99_MS = 0.7, 50.0
CLIENTS, BETTORS, SELECTIONS = 20, 1_000, 30
N_REQUESTS = 20_000
"""Different ones, sent in turn; each has a key of its own."""
Json = dict[str, Any]


def open_book(database: Postgres) -> Book:
    """The platform's own database, to make events and results in."""
    return Book(database, PostgresBets(database, GENEROUS), PostgresSettlements(database))


def make_markets(book: Book, n_selections: int) -> list[Market]:
    """Markets of events that begin tomorrow."""
    odds = {"home": 250, "draw": 320, "away": 290}
    starts_at = datetime.now(UTC) + timedelta(days=1)
    return [
        book.market("1x2", odds, event_id=book.event(starts_at=starts_at)) for _ in range(n_selections // len(odds))
    ]


def measure_place(database: Postgres, running: Platform, options: argparse.Namespace) -> Json:
    """Holds and bets by the same clients in turns, then bets over HTTP."""
    book = open_book(database)
    users = [str(uuid.uuid4()) for _ in range(BETTORS)]
    run(book.database, "SELECT coins_open(u, 1000000), betting_house(u) FROM unnest(%s::uuid[]) u", users)
    markets = make_markets(book, SELECTIONS)
    selections = [each for market in markets for each in market.selections.values()]
    conninfo, seconds = running.environment["DATABASE_URL"], options.client_seconds
    rounds = []
    for _ in range(2):
        holds = run_clients(conninfo, "hold", [f"users/{user}" for user in users], [], seconds)
        rounds.append((holds, run_clients(conninfo, "bet", users, selections, seconds)))
    ratio = max(bets["per_s"] / holds["per_s"] for holds, bets in rounds)
    over_http = offer_bets(running, users, markets, options)
    n_good = over_http["statuses"].get("201", 0)
    return {
        "holds": [holds for holds, _ in rounds],
        "bets": [bets for _, bets in rounds],
        "ratio": round(ratio, 3),
        "http": over_http,
        "met": ratio >= PLACED_PER_HOLD
        and over_http["p99_ms"] < P99_MS
        and n_good == sum(over_http["statuses"].values()),
    }


def run_clients(conninfo: str, kind: str, accounts: list[str], selections: list[int], seconds: float) -> Json:
    """What twenty clients in two processes get done."""
    jobs = [
        Job(
            conninfo=conninfo,
            clients=CLIENTS // 2,
            seconds=seconds,
            kind=kind,
            accounts=accounts,
            selections=selections,
            seed=time.monotonic_ns() % 10**6 + number,
        )
        for number in range(2)
    ]
    command = [sys.executable, "-m", "tests.bench.support.pq_clients"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in jobs
    ]
    for process, job in zip(processes, jobs, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(job)))
        process.stdin.close()
    outputs = [json.loads(process.stdout.read()) for process in processes if process.stdout is not None]
    for process in processes:
        process.wait()
    times_ms = sorted(each for output in outputs for each in output["times_ms"])
    return {
        "per_s": round(len(times_ms) / seconds),
        "p50_ms": times_ms[len(times_ms) // 2],
        "p99_ms": times_ms[int(len(times_ms) * 0.99)],
    }


def offer_bets(running: Platform, users: list[str], markets: list[Market], options: argparse.Namespace) -> Json:
    """The figures of an open loop of `POST /bets`."""
    keys = load_settings(TokenSettings, running.environment, need=("TOKEN_KEYS",)).keys
    tokens = Tokens(keys, SystemClock())
    bearers = [f"Bearer {tokens.sign(Caller(user_id=user, username=user, roles=()))}" for user in users]

    def request(number: int) -> Json:
        market = markets[number % len(markets)]
        selection_id = list(market.selections.values())[number % len(market.selections)]
        body = json.dumps({"legs": [{"selection_id": selection_id, "version": 1}], "stake": 1})
        headers = [
            ["Authorization", bearers[number % len(bearers)]],
            ["Content-Type", "application/json"],
            ["Idempotency-Key", f"{number}-{time.monotonic_ns()}"],
        ]
        return {"method": "POST", "path": "/bets", "headers": headers, "body": body}

    place = urlsplit(running.urls["public"])
    load = Load(
        host=str(place.hostname),
        port=int(place.port or 80),
        requests=[request(number) for number in range(N_REQUESTS)],
        rate_per_s=options.rate,
        seconds=options.seconds,
    )
    completed = subprocess.run(
        [sys.executable, "-m", "tests.bench.support.open_loop"],
        cwd=ROOT,
        input=json.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: Json = json.loads(completed.stdout)
    return figures
