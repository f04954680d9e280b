"""Clients of Postgres that cost next to nothing: prepared statements by libpq, one round trip for each.

Reads a `Job` as JSON on standard input and prints the latencies as JSON, so that clients have processes, and processor
time, of their own: ``python -m tests.bench.support.pq_clients``. A thread is one client with one connection; libpq
gives up the interpreter's lock while it waits.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from psycopg.pq import ExecStatus, PGconn
from psycopg.pq.abc import PGconn as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What clients do for a time."""

    conninfo: str
    clients: int
    seconds: float
    kind: str
    """``transfer``, ``transfer_with_key``, ``hold``, ``bet``, ``tpcb`` or ``tpcb_function``."""
    accounts: list[str]
    """Owners to transfer between, or to hold stakes of; of bets the ids of users."""
    selections: list[int] = field(default_factory=list)
    """To bet on."""
    scale: int = 1
    """TPC-B's: so many branches."""
    seed: int = 0


TRANSFER = b"""SELECT transaction_id FROM ledger_post(
    'transfer', ARRAY[$1, $2], '{coins,coins}', '{COIN,COIN}', '{0,0}', '{-1,1}', NULL, '{}', $3, $4,
    decode(repeat('00', 32), 'hex'), false
)"""
"""As `shared.adapters.postgres.ledger.post` calls it; an empty key is none."""
HOLD = b"""SELECT ledger_hold(
    ARRAY[$1, 'systems/betting'], '{coins,house}', '{COIN,COIN}', ARRAY[0, $2::smallint]::smallint[], 1,
    '10 years', '{}'
)"""
BET = b"""SELECT bet_id FROM betting_place(
    $1, ARRAY[$2::bigint], '{1}', 1, 1::smallint, false, 1, 10, 1000000, 1000000000, now(), 1000000, 'bench', $3,
    decode(repeat('00', 32), 'hex')
)"""
"""As `shared.adapters.postgres.bets` calls it, with a key."""
TPCB = {
    b"begin": b"BEGIN",
    b"account": b"UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2",
    b"read": b"SELECT abalance FROM pgbench_accounts WHERE aid = $1",
    b"teller": b"UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2",
    b"branch": b"UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2",
    b"history": b"INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)",
    b"end": b"COMMIT",
}
"""The statements of pgbench's built-in script, one round trip each as there."""
TPCB_FUNCTION = b"SELECT pgbench_tpcb($1::int, $2::int, $3::int, $4::int)"
"""The same in a function of the server, one round trip: kinder to TPC-B than pgbench is."""
Step = Callable[[Connection, random.Random], None]


def run(job: Job) -> list[float]:
    """Seconds that each transaction of every client took."""
    times_s: list[list[float]] = [[] for _ in range(job.clients)]
    threads = [threading.Thread(target=_client, args=(job, number, times_s[number])) for number in range(job.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [each for client in times_s for each in client]


def _client(job: Job, number: int, times_s: list[float]) -> None:
    connection = PGconn.connect(job.conninfo.encode())
    rng, step = random.Random(job.seed * 1000 + number), _step(job, connection)
    step(connection, rng)  # plans
    end_s = time.perf_counter() + job.seconds
    while (begun_s := time.perf_counter()) < end_s:
        step(connection, rng)
        times_s.append(time.perf_counter() - begun_s)
    connection.finish()


def _step(job: Job, connection: Connection) -> Step:
    if job.kind.startswith("transfer"):
        _prepare(connection, b"transfer", TRANSFER)
        owners, keyed = [owner.encode() for owner in job.accounts], job.kind == "transfer_with_key"
        return lambda connection, rng: _transfer(connection, rng, owners, keyed)
    if job.kind == "hold":
        _prepare(connection, b"hold", HOLD)
        return lambda connection, rng: _hold(connection, rng, job.accounts)
    if job.kind == "bet":
        _prepare(connection, b"bet", BET)
        return lambda connection, rng: _bet(connection, rng, job)
    if job.kind == "tpcb_function":
        _prepare(connection, b"tpcb", TPCB_FUNCTION)
        return lambda connection, rng: _execute(connection, b"tpcb", *_drawn(rng, job.scale))
    for name, text in TPCB.items():
        _prepare(connection, name, text)
    return lambda connection, rng: _tpcb(connection, *_drawn(rng, job.scale))


def _transfer(connection: Connection, rng: random.Random, owners: list[bytes], keyed: bool) -> None:
    source, target = rng.sample(owners, 2)
    key = b"%x" % rng.getrandbits(64) if keyed else b""
    _execute(connection, b"transfer", source, target, source, key)


def _hold(connection: Connection, rng: random.Random, owners: list[str]) -> None:
    _execute(connection, b"hold", rng.choice(owners).encode(), str(rng.randrange(16)).encode())


def _bet(connection: Connection, rng: random.Random, job: Job) -> None:
    selection_id = str(rng.choice(job.selections)).encode()
    _execute(connection, b"bet", rng.choice(job.accounts).encode(), selection_id, b"%x" % rng.getrandbits(64))


def _tpcb(connection: Connection, aid: bytes, tid: bytes, bid: bytes, delta: bytes) -> None:
    _execute(connection, b"begin")
    _execute(connection, b"account", delta, aid)
    _execute(connection, b"read", aid)
    _execute(connection, b"teller", delta, tid)
    _execute(connection, b"branch", delta, bid)
    _execute(connection, b"history", tid, bid, aid, delta)
    _execute(connection, b"end")


def _drawn(rng: random.Random, scale: int) -> tuple[bytes, bytes, bytes, bytes]:
    numbers = (
        rng.randint(1, 100_000 * scale),
        rng.randint(1, 10 * scale),
        rng.randint(1, scale),
        rng.randint(-5000, 5000),
    )
    aid, tid, bid, delta = (str(number).encode() for number in numbers)
    return aid, tid, bid, delta


def _prepare(connection: Connection, name: bytes, text: bytes) -> None:
    result = connection.prepare(name, text)
    if result.status != ExecStatus.COMMAND_OK:
        raise RuntimeError(result.get_error_message())


def _execute(connection: Connection, name: bytes, *values: bytes) -> None:
    result = connection.exec_prepared(name, list(values))
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise RuntimeError(result.get_error_message())


def main() -> int:
    """Run the job of standard input."""
    job = Job(**json.load(sys.stdin))
    begun_cpu_s, begun_s = time.process_time(), time.perf_counter()
    times_s = sorted(run(job))
    result: dict[str, Any] = {
        "n": len(times_s),
        "times_ms": [round(1000 * each, 3) for each in times_s],
        "cpu": round((time.process_time() - begun_cpu_s) / (time.perf_counter() - begun_s), 3),
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
