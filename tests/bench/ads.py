"""Advertising: a tick over 10,000 campaigns, a decision, webhooks of payments, and a week of bidding under kill -9.

Everything runs as a laptop runs it, with every process of the platform. All money is simulated. Parts, chosen by
``--only``:

tick      50 stores with 200 campaigns each are bid for: read, decide, post, store, tell; the market's answers apart
decision  one campaign's decision, and one of 200 decided together
webhook   signed webhooks of a payment provider, a fifth of them repeated, at a rate for a time
week      50 stores with 20 campaigns bid through a simulated week under kill -9; left out unless asked for

Run as ``python -m tests.bench.ads [--only PART]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from k8s.local.platform import Platform
from tests.bench.support.ads import bidding, webhooks

Json = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="ads", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--stores", type=int, default=50)
    parser.add_argument("--campaigns", type=int, default=200, help="of each store, of a tick (%(default)s)")
    parser.add_argument("--hours", type=int, default=168, help="of the week (%(default)s)")
    parser.add_argument("--rate", type=float, default=200.0, help="webhooks a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of webhooks (%(default)s)")
    options = parser.parse_args(arguments)
    results: Json = {}
    for name, part in PARTS.items():
        if name in (options.only or BY_DEFAULT):
            results[name] = part(options)
            print(name, json.dumps(results[name]), flush=True)
    met = {name: results[name]["met"] for name in results}
    print(json.dumps({"bench": "ads", "load": os.getloadavg()[0], **results, "met": met}))
    return 0 if all(met.values()) else 1


@contextmanager
def platform() -> Iterator[Platform]:
    """Every process of the platform, as a laptop has them."""
    folder = Path(tempfile.mkdtemp(prefix="touchline-bench-ads-"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    try:
        with Platform(folder / "data", port=0, environment=environment) as running:
            running.wait_ready(timeout_s=180)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_tick(options: argparse.Namespace) -> Json:
    """Seconds of a tick without the market's answers, the median of five after the first."""
    with platform() as running:
        ticks = bidding.run_ticks(running.environment, options.stores, options.campaigns)
    ours = [each.seconds - each.market_seconds for each in ticks]
    return {
        "campaigns": options.stores * options.campaigns,
        "first_s": round(ours[0], 2),
        "tick_s": round(statistics.median(ours[1:]), 2),
        "market_s": round(statistics.median(each.market_seconds for each in ticks[1:]), 2),
        "bids_sent": [each.n_bids for each in ticks],
        "target_s": 5.0,
        "met": statistics.median(ours[1:]) <= 5.0,
    }


def measure_decision(options: argparse.Namespace) -> Json:
    """Microseconds of a decision: alone, and of a store's campaigns together."""
    alone, together = bidding.time_decision(1), bidding.time_decision(options.campaigns)
    return {
        "alone_us": round(alone, 1),
        "together_us": round(together / options.campaigns, 2),
        "target_us": 50.0,
        "met": together / options.campaigns <= 50.0,
    }


def measure_week(options: argparse.Namespace) -> Json:
    """The whole proof; faults must be none."""
    begun = time.perf_counter()
    with platform() as running:
        outcome = bidding.run_week(running.environment, options.stores, options.hours)
    sound = not outcome.faults and outcome.longest_pause_s <= 60 and outcome.largest_excess <= bidding.LARGEST_BID
    return {**asdict(outcome), "seconds": round(time.perf_counter() - begun, 1), "met": sound}


def measure_webhook(options: argparse.Namespace) -> Json:
    """Webhooks through the public port, each answered when its payment is credited; the first second warms up."""
    with platform() as running:
        webhooks.offer(running, options.rate, 2.0)
        figures = webhooks.offer(running, options.rate, options.seconds)
    all_credited = figures["credited"] == figures["posted"] and set(figures["statuses"]) == {"200"}
    return {**figures, "target_p99_ms": 50.0, "met": figures["p99_ms"] < 50.0 and all_credited}


PARTS: Mapping[str, Callable[[argparse.Namespace], Json]] = {
    "tick": measure_tick,
    "decision": measure_decision,
    "webhook": measure_webhook,
    "week": measure_week,
}
BY_DEFAULT = ("tick", "decision", "webhook")

if __name__ == "__main__":
    sys.exit(main())
