"""``scripts/kafka start|stop|status [--port N] [--data DIR]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from k8s.local.engines.kafka import broker


def main(arguments: list[str]) -> int:
    """Run an action; return 0: done, or running; 1: not running; 3: Kafka is not available; 4: it did not start."""
    parser = argparse.ArgumentParser(prog="scripts/kafka", description="One real Apache Kafka on this machine.")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--port", type=int, default=0, help="port for clients (default: a free one)")
    parser.add_argument("--data", type=Path, default=broker.CACHE / "data", help="data directory")
    args = parser.parse_args(arguments)
    data = args.data.resolve()
    try:
        running = broker.start(data, args.port) if args.action == "start" else broker.status(data)
    except broker.KafkaAbsent as exc:
        print(f"no Kafka: {exc}", file=sys.stderr)
        return 3
    except broker.KafkaFailed as exc:
        print(f"Kafka failed: {exc}", file=sys.stderr)
        return 4
    if args.action == "stop":
        print("stopped" if broker.stop(data) else "was not running")
        return 0
    if running is None:
        print("not running")
        return 1
    print(f"KAFKA_BOOTSTRAP_SERVERS={running.bootstrap_servers}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
