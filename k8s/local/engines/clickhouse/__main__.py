"""Serve a data directory of chDB until SIGTERM.

``python -m k8s.local.engines.clickhouse --data DIR --port N --memory-bytes M``

User and password are CLICKHOUSE_USER (``default``) and CLICKHOUSE_PASSWORD (none). Once statements work, it prints JSON
with its ``url`` as the first line. Exits with 0 after a stop, and with 1 and a message if it cannot start.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO

GRACE_S = 10.0


def main(argv: list[str] | None = None) -> int:
    """Run until stopped."""
    options = _options(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    # Our ClickHouse servers run in UTC; chDB uses the time zone of the process.
    os.environ["TZ"] = "UTC"
    time.tzset()
    options.data.mkdir(parents=True, exist_ok=True)
    lock = _lock(options.data)
    if lock is None:
        print(f"{options.data} is in use by another olap process; stop it or pass another --data", file=sys.stderr)
        return 1
    with lock:
        return _serve(options)


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m k8s.local.engines.clickhouse", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="directory of the tables")
    parser.add_argument("--port", type=int, default=8123, help="0 chooses a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--memory-bytes", type=int, default=2_000_000_000, help="limit of all statements together")
    parser.add_argument("--max-handles", type=int, default=32, help="statements running at the same time")
    return parser.parse_args(argv)


def _lock(data: Path) -> IO[str] | None:
    """Lock the directory while the returned file is open; None if another process holds the lock."""
    lock = open(data / "olap.lock", "w", encoding="utf-8")  # noqa: SIM115 - held until the process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _serve(options: argparse.Namespace) -> int:
    from k8s.local.engines.clickhouse.engine import Engine, EngineError
    from k8s.local.engines.clickhouse.server import Account, Server

    account = Account(
        user=os.environ.get("CLICKHOUSE_USER") or "default", password=os.environ.get("CLICKHOUSE_PASSWORD", "")
    )
    try:
        engine = Engine(options.data, memory_bytes=options.memory_bytes, max_handles=options.max_handles)
        engine.ping()
    except EngineError as exc:
        print(f"{options.data} cannot be opened: {exc}", file=sys.stderr)
        return 1
    try:
        server = Server((options.host, options.port), engine, account)
    except OSError as exc:
        print(f"port {options.port} of {options.host} cannot be used: {exc.strerror}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    threading.Thread(target=engine.warm_up, daemon=True).start()
    host, port = server.server_address[:2]
    print(json.dumps({"url": f"http://{host!s}:{port}"}), flush=True)
    stop.wait()
    ended = server.stop(grace_s=GRACE_S)
    if ended:
        engine.close()
    logging.info("stopped%s", "" if ended else "; some statements were still running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
