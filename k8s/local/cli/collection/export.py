"""write all football that is stored to a folder of Parquet files, with a data dictionary and provenance

The folder gets a file for each kind of record, dictionary.json and provenance.json, which names each source with its
terms. `touchline import DIR` makes a platform of it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder."""
    parser.add_argument("--parquet", type=Path, metavar="DIR", required=True, help="the folder, made if missing")


def run(args: argparse.Namespace) -> int:
    """Write the snapshot."""
    from k8s.local import running_platform
    from shared.adapters import snapshot
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.clock import SystemClock

    platform = running_platform.single_running(args.data)
    warehouse = ClickHouse(platform.environment(os.environ)["CLICKHOUSE_URL"])
    n_rows = snapshot.export(warehouse, args.parquet, now=SystemClock().now())
    warehouse.close()
    for kind, n in n_rows.items():
        print(f"{n:>12,} {kind}")
    print(f"{args.parquet}: {sum(n_rows.values()):,} records")
    return OK
