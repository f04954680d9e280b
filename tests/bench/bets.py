"""Betting as a laptop runs it: making lines, reading them, placing bets, settling them.

Every process of the platform runs, with ``fsync`` and ``synchronous_commit`` on. Parts, each left out by ``--only``:

lines  the lines of nine leagues' next rounds are made, from forecasts that are there: what it takes from a forecast to
       prices that can be bet on; and again with every forecast changed, and with none
read   a page of a thousand open markets over HTTP, from the cache of its function and after a change
place  20 clients straight against Postgres, in turns holds of the ledger and bets; then bets over HTTP at a rate
settle one event with so many bets: from its result to the last payout, and a correction of all of them

Run as ``python -m tests.bench.bets [--rate 300] [--seconds 20] [--bets 100000] [--only PART]``; the last line is JSON.
The money is simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from k8s.local.platform import Platform
from shared.adapters.postgres.database import Postgres
from tests.bench.money import platform
from tests.bench.support.betting.lines import measure_lines, measure_read
from tests.bench.support.betting.placing import measure_place
from tests.bench.support.betting.settling import measure_settle

Json = dict[str, Any]


def _lines(database: Postgres, running: Platform, options: argparse.Namespace) -> Json:
    return measure_lines(database)


def _read(database: Postgres, running: Platform, options: argparse.Namespace) -> Json:
    return measure_read(database, running.urls["public"])


def _settle(database: Postgres, running: Platform, options: argparse.Namespace) -> Json:
    return measure_settle(database, options.bets)


PARTS: Mapping[str, Callable[[Postgres, Platform, argparse.Namespace], Json]] = {
    "lines": _lines,
    "read": _read,
    "place": measure_place,
    "settle": _settle,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="bets", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=300.0, help="bets a second over HTTP (%(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of that (%(default)s)")
    parser.add_argument("--client-seconds", type=float, default=8.0, help="of each run against Postgres (%(default)s)")
    parser.add_argument("--bets", type=int, default=100_000, help="that are settled (%(default)s)")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args(arguments)
    results: Json = {}
    with platform() as running:
        database = Postgres(running.environment["DATABASE_URL"], acquire_timeout_s=30)
        for name, part in PARTS.items():
            if options.only is None or name in options.only:
                results[name] = part(database, running, options)
                print(name, json.dumps(results[name]), flush=True)
        database.close()
    met = {name: results[name]["met"] for name in results}
    print(json.dumps({"bench": "bets", "load": os.getloadavg()[0], **results, "met": met}))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
