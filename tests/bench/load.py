"""Rows per second of archives into ClickHouse: the 1.42 million matches in bulk, and memory while they pass.

The way is that of ``touchline load results``: the file is read, its seasons found and turned into records here, and the
rows are inserted into an olap process of its own. Wall time is that of a machine that does nothing else; on a busy one
the processor seconds tell more. Peak memory is this process's own.

Run as ``python -m tests.bench.load [SOURCE PATH…]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from itertools import chain
from pathlib import Path

from shared.adapters import sources
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.sources import documents, loading
from shared.adapters.sources.delivery import InBulk
from shared.adapters.sources.stored_matches import ClickHouseMatches
from shared.clock import SystemClock
from tests.support.engines.olap import migrated, new_olap
from tests.support.reference import REFERENCE

LARGE = REFERENCE / "football" / "large" / "matches_1871_2025.parquet"
TARGET_S = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when the matches are in within a minute of processor time."""
    parser = argparse.ArgumentParser(prog="load", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", nargs="?", default="results")
    parser.add_argument("places", nargs="*", type=Path, default=[LARGE])
    asked = parser.parse_args(arguments)
    olap = new_olap()
    try:
        olap.start()
        warehouse = ClickHouse(migrated(olap))
        begun_s, used_s = time.monotonic(), time.process_time()
        delivery = InBulk(warehouse, lambda news: None, SystemClock(), ClickHouseMatches(warehouse))
        result = chain.from_iterable(documents.local(place) for place in asked.places)
        loaded = loading.load(sources.source(asked.source), result, delivery)
        wall_s, cpu_s = time.monotonic() - begun_s, time.process_time() - used_s
        stored = warehouse.command("SELECT count() FROM current_matches")
    finally:
        olap.remove()
    n_rows = sum(loaded.n_rows.values())
    figures = {
        "rows": n_rows,
        "matches": loaded.n_rows["matches"],
        "matches_stored": stored,
        "seasons": loaded.n_seasons,
        "left_out": sum(len(finding.rows) for finding in loaded.report.findings() if finding.done.name == "LEFT_OUT"),
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "rows_per_s": round(n_rows / wall_s),
        "rows_per_cpu_s": round(n_rows / cpu_s),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(figures))
    return 0 if stored == loaded.n_rows["matches"] and cpu_s <= TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
