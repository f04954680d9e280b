"""Collection from a hostile site, many stories by seed: tables right or reported incomplete, never wrong.

Every story is a whole job against a stand-in that fails, cuts, falsifies, moves, renames and refuses by a seed, with a
person who resumes it, and once more after the site behaves again; worker, site and log are in memory over a real
Postgres. The tests tell one story of each kind, this tells many.

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
from tests.support.collection import hostile_site as faults
from tests.support.engines.postgres import new_server


def main(arguments: list[str] | None = None) -> int:
    """Tell and print; 0 when no story ended wrong."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="stories of each kind")
    parser.add_argument("--teams", type=int, default=faults.N_TEAMS, help="of the league; an even number")
    parser.add_argument("--tricks", default="", help="only this kind of story")
    asked = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what goes wrong on purpose
    kinds = (asked.tricks,) if asked.tricks else faults.STORIES
    told, wrong = dict[str, dict[str, int]](), list[dict[str, object]]()
    began_s = time.perf_counter()
    with database() as stored:
        expected = faults.clean(stored, n_teams=asked.teams)
        for tricks in kinds:
            counted = told.setdefault(tricks, {"stories": 0, "complete": 0, "reported": 0, "resumed": 0})
            for seed in range(1, asked.seeds + 1):
                faults.empty(stored)
                ending = faults.play(stored, tricks, seed, n_teams=asked.teams)
                counted["stories"] += 1
                counted["reported" if faults.is_incomplete(ending.report) else "complete"] += 1
                counted["resumed"] += ending.n_resumed > 0
                if found := list(ending.faults(expected)):
                    wrong.append({"tricks": tricks, "seed": seed, "faults": found[:5]})
                    print(f"wrong: {tricks} seed {seed}: {found[0][:300]}", flush=True)
            print(f"{tricks:<80} {counted}", flush=True)
    n_stories = sum(counted["stories"] for counted in told.values())
    result = {
        "bench": "faults",
        "rows": len(expected),
        "stories": n_stories,
        "wrong": wrong,
        "by_tricks": told,
        "took_s": round(time.perf_counter() - began_s, 1),
    }
    print(json.dumps(result))
    return 1 if wrong else 0


@contextmanager
def database() -> Iterator[Postgres]:
    """A migrated database of its own."""
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
