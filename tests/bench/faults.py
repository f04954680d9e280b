"""Collection from a hostile site, many cases by seed: tables are right or reported incomplete, never wrong.

Every case is a whole job against a stand-in that fails, cuts, falsifies, moves, renames and refuses by a seed, with an
operator who resumes the source, and once more without faults. Worker, site and log are in memory over a real Postgres.
The tests run one case of each kind, this benchmark many.

Run as ``python -m tests.bench.faults [--seeds N] [--teams N] [--tricks TRICK=SHARE,...]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.postgres.database import Postgres
from shared.migrate import runner
from tests.support.collection import hostile_site
from tests.support.engines.postgres import new_server


def main(arguments: list[str] | None = None) -> int:
    """Run the cases and print the result; 0 when no row is wrong."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="cases of each kind")
    parser.add_argument("--teams", type=int, default=hostile_site.N_TEAMS, help="teams of the league, an even number")
    parser.add_argument("--tricks", default="", help="only this kind of fault")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # the faults are intended
    kinds = (options.tricks,) if options.tricks else hostile_site.FAULTS
    counts, wrong = dict[str, dict[str, int]](), list[dict[str, object]]()
    began_s = time.perf_counter()
    with database() as stored:
        expected = hostile_site.collect_cleanly(stored, n_teams=options.teams)
        for tricks in kinds:
            counted = counts.setdefault(tricks, {"cases": 0, "complete": 0, "reported": 0, "resumed": 0})
            for seed in range(1, options.seeds + 1):
                hostile_site.delete_collected(stored)
                result = hostile_site.run_case(stored, tricks, seed, n_teams=options.teams)
                counted["cases"] += 1
                counted["reported" if hostile_site.is_incomplete(result.report) else "complete"] += 1
                counted["resumed"] += result.n_resumed > 0
                if errors := list(result.find_errors(expected)):
                    wrong.append({"tricks": tricks, "seed": seed, "faults": errors[:5]})
                    print(f"wrong: {tricks} seed {seed}: {errors[0][:300]}", flush=True)
            print(f"{tricks:<80} {counted}", flush=True)
    n_cases = sum(counted["cases"] for counted in counts.values())
    summary = {
        "bench": "faults",
        "rows": len(expected),
        "cases": n_cases,
        "wrong": wrong,
        "by_tricks": counts,
        "took_s": round(time.perf_counter() - began_s, 1),
    }
    print(json.dumps(summary))
    return 1 if wrong else 0


@contextmanager
def database() -> Iterator[Postgres]:
    """Start a server, and yield a migrated database on it."""
    import psycopg

    server = new_server()
    try:
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        runner.run({"DATABASE_URL": server.url("bench")})
        stored = Postgres(server.url("bench"))
        yield stored
        stored.close()
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
