"""Start the market: `python -m k8s.local.market --port 0`; the first line on stdout is JSON with its address."""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from k8s.local.market.app import App
from k8s.local.market.auction import Auction
from k8s.local.market.market import TICK_S, Market
from shared.domain.ads.traffic import generate_weeks, read_weeks


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="market", description="A stand-in for a marketplace that sells clicks.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--auction", type=Auction, choices=tuple(Auction), default=Auction.FIRST_PRICE)
    parser.add_argument("--now", type=int, default=None, help="seconds since 1970; the wall's clock unless given")
    parser.add_argument("--speed", type=float, default=1.0, help="0 stands still until POST /standin/clock")
    parser.add_argument("--tick-s", type=int, default=TICK_S)
    parser.add_argument(
        "--traffic", type=Path, help="CSV of region_id, dow, hour, traffic_share; generated unless given"
    )
    return parser.parse_args(arguments)


def open_market(options: argparse.Namespace) -> Market:
    """The market that the options describe."""
    weeks = generate_weeks(options.seed)
    if options.traffic:
        opener = gzip.open if options.traffic.suffix == ".gz" else open
        with opener(options.traffic, "rt", encoding="utf-8", newline="") as file:
            weeks = read_weeks(csv.DictReader(file))
    now = int(time.time()) if options.now is None else options.now
    return Market(rule=options.auction, weeks=weeks, now=now, seed=options.seed, tick_s=options.tick_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return the exit code."""
    import uvicorn

    options = parse(arguments)
    app = App(open_market(options), speed=options.speed)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((options.host, options.port))
    listener.listen(512)
    url = f"http://{options.host}:{listener.getsockname()[1]}"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(json.dumps({"url": url, "auction": options.auction}), flush=True)

    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", server_header=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
